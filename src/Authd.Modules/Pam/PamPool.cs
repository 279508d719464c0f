// The PAM processes of one worker: started when needed, used again, replaced when worn out, ended when idle.
using System.Net.Sockets;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>Carries requests out in PAM processes. Whatever a module does to its process is the end of one request at most.</summary>
/// <remarks>A process is started only for a request that waits for it, so one that dies at once is not started over and over.</remarks>
public sealed class PamPool : IAsyncDisposable
{
    /// <summary>Lines that a module may print during one conversation; the log takes no more.</summary>
    private const int MostLines = 20;

    private readonly string _module;
    private readonly PamSettings _settings;
    private readonly Func<IPamProcess> _start;
    private readonly Log _log;
    private readonly SemaphoreSlim _places;
    private readonly RepeatedComplaint _complaint;
    private readonly Timer _sweeper;

    /// <summary>Those that wait for work; the one used last is the last.</summary>
    private readonly List<Idle> _idle = [];

    private sealed record Idle(IPamProcess Process, int Served, long Since);

    /// <summary>Makes an empty pool.</summary>
    /// <param name="module">The module that asks, for the log.</param>
    /// <param name="settings">Its limits.</param>
    /// <param name="log">The log.</param>
    /// <param name="start">Starts a process; null: a real one.</param>
    public PamPool(string module, PamSettings settings, Log log, Func<IPamProcess>? start = null)
    {
        _module = module;
        _settings = settings;
        _log = log;
        _start = start ?? PamProcess.Start;
        _places = new SemaphoreSlim(settings.Processes);
        _complaint = new RepeatedComplaint(text => _log.Err($"{_module}: {text}"), TimeProvider.System);
        _sweeper = new Timer(_ => EndIdle(Environment.TickCount64 - (long)_settings.Idle.TotalMilliseconds));
    }

    /// <summary>Carries <paramref name="request"/> out and wipes it.</summary>
    /// <returns>The result, or <c>null</c>: nobody can tell, and the log says why.</returns>
    /// <exception cref="OperationCanceledException">The request's own deadline has passed.</exception>
    public async Task<PamResult?> RunAsync(PamRequest request, CancellationToken cancel)
    {
        try
        {
            if (!await _places.WaitAsync(_settings.Wait, cancel))
            {
                _complaint.Say($"all {_settings.Processes} PAM processes are busy ([pam] processes); logins that wait longer "
                    + $"than {_settings.Wait.TotalSeconds:0} s ([pam] wait-timeout) fail temporarily");
                return null;
            }

            try
            {
                return await RunWithPlaceAsync(request, cancel);
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            request.Wipe();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        EndIdle(long.MaxValue);
        _places.Dispose();
    }

    private async Task<PamResult?> RunWithPlaceAsync(PamRequest request, CancellationToken cancel)
    {
        // A change of a password turns its process into the user's: it is used once.
        bool once = request.Task != PamTask.LogIn;
        Idle taken;
        try
        {
            taken = (once ? null : TakeIdle()) ?? new Idle(_start(), 0, 0);
        }
        catch (LibcException e)
        {
            _complaint.Say($"no PAM process: {ResourceLimit.Explain(e)}");
            return null;
        }

        PamResult? result = await AskAsync(taken.Process, request, cancel);
        if (result is { Changes: "" } && !once && taken.Served + 1 < _settings.Conversations)
        {
            PutBack(taken with { Served = taken.Served + 1, Since = Environment.TickCount64 });
        }
        else if (result is not null)
        {
            _ = taken.Process.EndAsync();
        }

        return result;
    }

    private async Task<PamResult?> AskAsync(IPamProcess process, PamRequest request, CancellationToken cancel)
    {
        string served = $"service={request.Service}, user={request.User}";
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_settings.Conversation);
        try
        {
            PamResult result = await process.AskAsync(request, limit.Token);
            LogOutput(process, served);
            if (result.Changes.Length > 0)
            {
                _log.Warn($"{_module}: {served}: a PAM module ({result.Modules}) changed {result.Changes} and left it so; "
                    + $"its process {process.Pid} is replaced");
            }

            return result;
        }
        catch (OperationCanceledException)
        {
            string modules = process.Modules;
            LogOutput(process, served);
            await process.EndAsync();
            _log.Err($"{_module}: {served}: no answer from PAM ({modules}) within "
                + $"{(cancel.IsCancellationRequested ? "the request's time limit" : $"{_settings.Conversation.TotalSeconds:0} s")}; "
                + $"its process {process.Pid} is killed");
            cancel.ThrowIfCancellationRequested();
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            string modules = process.Modules;
            LogOutput(process, served);
            ExitStatus status = await process.EndAsync();
            _log.Err($"{_module}: {served}: the PAM process {process.Pid} ({modules}) ended: {status}; it is replaced");
            return null;
        }
    }

    /// <summary>What modules have to tell, and what they print, with the user it belongs to.</summary>
    private void LogOutput(IPamProcess process, string served)
    {
        string[] lines = process.TakeOutput().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in lines.Take(MostLines))
        {
            _log.Info($"{_module}: {served}: {line}");
        }

        if (lines.Length > MostLines)
        {
            _log.Warn($"{_module}: {served}: PAM ({process.Modules}) printed more, which is left out");
        }
    }

    /// <summary>The idle process used last; those that have ended meanwhile, or were killed, are not missed.</summary>
    private Idle? TakeIdle()
    {
        while (true)
        {
            Idle idle;
            lock (_idle)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                idle = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
            }

            LogOutput(idle.Process, "between two logins");
            if (idle.Process.IsWaiting)
            {
                return idle;
            }

            _ = idle.Process.EndAsync();
        }
    }

    private void PutBack(Idle idle)
    {
        lock (_idle)
        {
            _idle.Add(idle);
            SweepLater();
        }
    }

    /// <summary>Ends those that have been idle since <paramref name="since"/> or longer.</summary>
    private void EndIdle(long since)
    {
        List<Idle> old;
        lock (_idle)
        {
            old = _idle.FindAll(idle => idle.Since <= since);
            _idle.RemoveAll(old.Contains);
            if (_idle.Count > 0)
            {
                SweepLater();
            }
        }

        foreach (Idle idle in old)
        {
            _ = idle.Process.EndAsync();
        }
    }

    private void SweepLater() => _sweeper.Change(_settings.Idle, Timeout.InfiniteTimeSpan);
}
