using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Clients;
using Authd.Linux.Events;

namespace Authd.Daemon.Sasl;

/// <summary>A connection of a mail server that logs its clients in. It carries many logins at once, each with its own number;
/// none waits for another.</summary>
internal sealed class SaslConnection(
    int descriptor, EventLoop events, SaslService service, Limits limits, ConnectionTimeouts watch, Log log)
    : KeptConnection(descriptor, events, limits, watch, log)
{
    /// <summary>The number of logins for which the modules are asked at once; further ones wait in the socket.</summary>
    private const int MostAsked = 100;

    /// <summary>The number of logins that may wait for their client. Mail servers
    /// do not report when it has gone, so the oldest are dropped.</summary>
    private const int MostOpen = 100;

    private const uint Version = 1;

    /// <summary>The minor version from which on clients recognize a temporary failure in an answer.</summary>
    private const uint VersionWithTemporary = 1;

    private readonly EventLoop _events = events;
    private readonly Log _log = log;
    private readonly Lock _sync = new();
    private readonly Dictionary<uint, Login> _logins = [];
    private readonly SemaphoreSlim _places = new(MostAsked);
    // Neither has a timer or a wait handle, so there is nothing to dispose of; disposing would race with a late Stop.
    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource? _allDone;
    private volatile bool _knowsTemporary;
    private int _running;

    /// <summary>One login. Those that wait for their client are kept in the order in which the wait began.</summary>
    private sealed class Login(uint id, SaslExchange exchange)
    {
        internal uint Id => id;

        internal SaslExchange Exchange => exchange;

        internal bool IsRunning { get; set; } = true;

        internal long Since { get; set; }
    }

    protected override string Section => "sasl";

    protected override ReadOnlySpan<byte> Greeting => service.Handshake();

    protected override bool WaitsForClient
    {
        get
        {
            lock (_sync)
            {
                return _logins.Values.Any(static login => !login.IsRunning);
            }
        }
    }

    protected override async ValueTask<int> TakeAsync(ReadOnlyMemory<byte> received)
    {
        int taken = 0;
        while (received.Span[taken..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            SaslCommand command = SaslCommand.Parse(received.Span.Slice(taken, length));
            taken += length + 1;
            switch (command)
            {
                case SaslCommand.Version version when version.Major != Version:
                    throw new FormatException($"it speaks version {version.Major} of the authentication protocol, not {Version}");
                case SaslCommand.Version version:
                    _knowsTemporary = version.Minor >= VersionWithTemporary;
                    break;
                case SaslCommand.Auth auth:
                    HasAsked = true;
                    await BeginAsync(auth);
                    break;
                case SaslCommand.Answer answer:
                    await ContinueAsync(answer);
                    break;
                case SaslCommand.Cancel cancel:
                    Forget(cancel.Id, onlyOpen: true);
                    EndedSomething();
                    break;
            }
        }

        return taken;
    }

    protected override void ForgetBegun()
    {
        lock (_sync)
        {
            foreach (Login open in _logins.Values.Where(static login => !login.IsRunning).ToArray())
            {
                _logins.Remove(open.Id);
            }
        }

        _end.Cancel();
    }

    protected override Task EndAsync()
    {
        lock (_sync)
        {
            return _running == 0 ? Task.CompletedTask
                : (_allDone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private async ValueTask BeginAsync(SaslCommand.Auth auth)
    {
        if (service.Find(auth.Mechanism) is not { } mechanism)
        {
            // The mail server passes on its client's mechanism, so this is not the mail server's fault.
            Fail(auth.Id, "");
            return;
        }

        Login login = new(auth.Id, mechanism.Begin(service.Partner(auth.Context)));
        lock (_sync)
        {
            if (!_logins.TryAdd(auth.Id, login))
            {
                throw new FormatException($"it begins a login with the id {auth.Id}, which another one has");
            }
        }

        // Exim sends `resp=` when its client has sent no response; no mechanism distinguishes an empty one from that.
        await RunAsync(login, auth.Response is "" or "=" ? null : auth.Response);
    }

    private async ValueTask ContinueAsync(SaslCommand.Answer answer)
    {
        Login? login;
        lock (_sync)
        {
            if (!_logins.TryGetValue(answer.Id, out login))
            {
                login = null;
            }
            else if (login.IsRunning)
            {
                throw new FormatException($"it answers a challenge of the login {answer.Id} that it has not got");
            }
            else
            {
                login.IsRunning = true;
            }
        }

        if (login is null)
        {
            Fail(answer.Id, ""); // One that was dropped to make room.
            return;
        }

        await RunAsync(login, answer.Response);
    }

    /// <summary>Waits only for a place among the running logins.</summary>
    private async ValueTask RunAsync(Login login, string? response)
    {
        if (!_places.Wait(0))
        {
            await _places.WaitAsync();
            await _events.EnterAsync();
        }

        lock (_sync)
        {
            _running++;
        }

        _ = AnswerAsync(login, response);
    }

    private async Task AnswerAsync(Login login, string? response)
    {
        long start = Environment.TickCount64;
        bool hasPlace = true;
        try
        {
            (SaslStep step, AuthOutcome? outcome, TimeSpan hold) = await AskAsync(login, response);
            _places.Release();
            hasPlace = false;
            if (hold > TimeSpan.Zero)
            {
                TimeSpan most = service.LongestAnswer - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
                await service.WaitAsync(hold < most ? hold : most > TimeSpan.Zero ? most : TimeSpan.Zero, _end.Token);
            }

            Reply(login, step, outcome);
        }
        catch (Exception e)
        {
            // No caller awaits this task, so every exception must lead to an answer to the client.
            _log.Err($"[sasl] internal error while a client logs in: {e}");
            Reply(login, new SaslStep(Failed: true), null);
        }
        finally
        {
            if (hasPlace)
            {
                _places.Release();
            }

            Done();
        }
    }

    /// <summary>Passes the response to the exchange, and its result to the modules.</summary>
    private async ValueTask<(SaslStep Step, AuthOutcome? Outcome, TimeSpan Hold)> AskAsync(Login login, string? response)
    {
        byte[]? decoded = response is null ? null : SaslCommand.Decode(response);
        if (decoded is null && response is not null)
        {
            return default;
        }

        using CancellationTokenSource late = new();
        ValueTask<(SaslStep Step, AuthOutcome? Outcome, TimeSpan Hold)> answer = AskAsync(login, decoded, late.Token);
        if (answer.IsCompletedSuccessfully)
        {
            return answer.Result;
        }

        // A module may be slow to react to a cancellation; the client does not wait for that.
        Task<(SaslStep Step, AuthOutcome? Outcome, TimeSpan Hold)> asked = answer.AsTask();
        try
        {
            return await asked.WaitAsync(service.LongestAnswer);
        }
        catch (TimeoutException)
        {
            _log.Warn($"[sasl] a login has no answer within {service.LongestAnswer.TotalSeconds} s: temporary failure");
            await late.CancelAsync();
            _ = asked.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
            return (new SaslStep(Failed: true), null, default);
        }
    }

    private async ValueTask<(SaslStep Step, AuthOutcome? Outcome, TimeSpan Hold)> AskAsync(
        Login login, byte[]? response, CancellationToken cancel)
    {
        SaslStep step = await login.Exchange.NextAsync(response, cancel);
        if (step.Login is not { } request)
        {
            return (step, null, default);
        }

        (AuthOutcome outcome, TimeSpan hold) = await service.LogInAsync(request, cancel);
        return (step, outcome, hold);
    }

    private void Reply(Login login, SaslStep step, AuthOutcome? outcome)
    {
        if (step.Challenge is { } challenge)
        {
            WaitForClient(login);
            Send(WireText.ToBytes($"CONT\t{login.Id}\t{Convert.ToBase64String(challenge)}\n"));
            return;
        }

        Forget(login.Id, onlyOpen: false);
        string user = step.Login is { } request ? service.NameIn(request) : "";
        if (outcome is { Verdict: Verdict.Accept })
        {
            // The name as the modules know it, which Postfix compares with smtpd_sender_login_maps.
            string known = outcome.Value.Account?.Address is { Length: > 0 } address ? address : user;
            Send(WireText.ToBytes($"OK\t{login.Id}\tuser={SaslCommand.Escape(known)}\n"));
        }
        else if (!step.Failed && outcome is not { Verdict: Verdict.TempFail })
        {
            Fail(login.Id, user);
        }
        else if (_knowsTemporary)
        {
            // Older clients read the former, newer ones the latter.
            Fail(login.Id, user, "\ttemp\tcode=temp_fail");
        }
        else
        {
            // Postfix and Exim take every FAIL for a wrong password, whatever its parameters. They take the end of the connection
            // without an answer for a temporary failure. Other logins on the connection still get their answers.
            RefuseMore();
        }
    }

    private void Fail(uint id, string user, string more = "")
    {
        string name = user.Length > 0 ? $"\tuser={SaslCommand.Escape(user)}" : "";
        Send(WireText.ToBytes($"FAIL\t{id}{name}{more}\n"));
    }

    /// <summary>Registers before the challenge is sent, because the answer may come at once.</summary>
    private void WaitForClient(Login login)
    {
        lock (_sync)
        {
            Login[] open = [.. _logins.Values.Where(static one => !one.IsRunning)];
            if (open.Length >= MostOpen && open.MinBy(static one => one.Since) is { } oldest)
            {
                _logins.Remove(oldest.Id);
            }

            login.Since = Environment.TickCount64;
            login.IsRunning = false;
        }
    }

    private void Forget(uint id, bool onlyOpen)
    {
        lock (_sync)
        {
            if (!onlyOpen || (_logins.TryGetValue(id, out Login? login) && !login.IsRunning))
            {
                _logins.Remove(id);
            }
        }
    }

    private void Done()
    {
        lock (_sync)
        {
            if (--_running == 0)
            {
                _allDone?.TrySetResult();
            }
        }

        EndedSomething();
    }
}
