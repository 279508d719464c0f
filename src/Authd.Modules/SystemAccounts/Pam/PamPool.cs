using System.Net.Sockets;
using Authd.Core.Logging;
using Authd.Linux.Native;
using Authd.Linux.Processes;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The PAM processes of one worker: started when needed, reused, replaced when worn out, ended when idle. A module that
/// damages its process ends one request at most.</summary>
/// <remarks>A process is started only for a request that waits for
/// it, so one that dies at once is not started repeatedly.</remarks>
public sealed class PamPool : IAsyncDisposable
{
    /// <summary>The number of lines from a module that are logged during one conversation.</summary>
    private const int MostLines = 20;

    private readonly string _module;
    private readonly PamSettings _settings;
    private readonly Func<Task<IPamProcess>> _start;
    private readonly Log _log;
    private readonly SemaphoreSlim _places;
    private readonly RepeatedWarning _complaint;
    private readonly Timer _sweeper;

    /// <summary>The processes that wait for work; the one used last is at the end.</summary>
    private readonly List<Idle> _idle = [];

    private sealed record Idle(IPamProcess Process, int Served, long Since);

    /// <summary>Makes an empty pool.</summary>
    /// <param name="module">The module that asks, for the log.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="log">The log.</param>
    /// <param name="helper">The program of <see cref="PamTask.RunHelper"/>; <c>null</c>: none.</param>
    /// <param name="start">Starts a process; <c>null</c>: a real one.</param>
    public PamPool(string module, PamSettings settings, Log log, string? helper = null, Func<IPamProcess>? start = null)
    {
        _module = module;
        _settings = settings;
        _log = log;
        // The broker may be busy; the thread that serves clients must not wait for it.
        _start = start is null ? () => Task.Run<IPamProcess>(() => PamProcess.Start(helper)) : () => Task.FromResult(start());
        _places = new SemaphoreSlim(settings.Processes);
        _complaint = new RepeatedWarning(text => _log.Err($"{_module}: {text}"), TimeProvider.System);
        _sweeper = new Timer(_ => EndIdle(Environment.TickCount64 - (long)_settings.Idle.TotalMilliseconds));
    }

    /// <summary>Carries out <paramref name="request"/> and wipes it.</summary>
    /// <returns>The result, or <c>null</c> without one; the log gives the reason.</returns>
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
        // A password change turns its process into the user's, so the process is used once.
        bool once = request.Task != PamTask.LogIn;
        Idle taken;
        try
        {
            taken = (once ? null : TakeIdle()) ?? new Idle(await _start(), 0, 0);
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
            ExitStatus? status = await process.EndAsync();
            _log.Err($"{_module}: {served}: the PAM process {process.Pid} ({modules}) ended: {status?.ToString() ?? "status unknown"}; it is replaced");
            return null;
        }
    }

    /// <summary>Logs the messages and the output of modules with the user that they concern.</summary>
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

    /// <summary>The idle process used last; those that have ended or were killed meanwhile are dropped.</summary>
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

    /// <summary>Ends processes that have been idle since <paramref name="since"/> or longer.</summary>
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
