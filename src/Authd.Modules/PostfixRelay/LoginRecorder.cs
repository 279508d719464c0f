using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Files;

namespace Authd.Modules.PostfixRelay;

/// <summary>
/// Writes logins to a table without delaying them. Tables are C libraries, files and databases that may be away, so a thread of
/// its own does the writing. It keeps logins that it cannot write and tries again; an outage is logged once.
/// </summary>
public sealed class LoginRecorder : ILoginObserver
{
    private const int MostWaiting = 1000;
    private const long RestMilliseconds = 5000;
    private const long IdleMilliseconds = 60_000;
    private const long ExpiryMilliseconds = 60_000;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly ILoginTable _table;
    private readonly RelaySettings _settings;
    private readonly string? _expiryLock;
    private readonly Log _log;
    private readonly PendingLogins _pending = new(MostWaiting, RestMilliseconds);
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private readonly IDisposable? _server;
    private RecordLock? _expiring;
    private long _nextExpiry = Environment.TickCount64;
    private string? _problem;
    private bool _used;
    private volatile bool _overflowing;
    private volatile bool _ended;

    /// <summary>Starts the thread.</summary>
    /// <param name="table">The table; disposed of with this object.</param>
    /// <param name="settings">Section <c>[relay]</c>.</param>
    /// <param name="expiryLock">The lock file of the process that removes old entries; <c>null</c>: this process does.</param>
    /// <param name="log">The log.</param>
    public LoginRecorder(ILoginTable table, RelaySettings settings, string? expiryLock, Log log)
    {
        _table = table;
        _settings = settings;
        _expiryLock = expiryLock;
        _log = log;
        _thread = new Thread(Work) { Name = PostfixModule.Name, IsBackground = true };
        _thread.Start();
        _server = table.Serve(settings.ExpireMinutes, log);
    }

    /// <inheritdoc/>
    public void Accepted(RequestContext context)
    {
        if (!_settings.Services.Contains(context.Service)
            || RelayAddress.Parse(context.RemoteIp) is not { IsLoopback: false } address)
        {
            return;
        }

        Add(new Login(address.Text, LoginTime.Now));
        _wake.Set();
    }

    /// <summary>Writes the remaining logins if the table is there, and ends.</summary>
    public ValueTask DisposeAsync()
    {
        _ended = true;
        _wake.Set();
        if (!_thread.Join(EndLimit))
        {
            _log.Warn($"{PostfixModule.Name}: the login table does not answer; what was left to write is lost");
        }

        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Work()
    {
        long? wait = 0;
        while (!_ended)
        {
            try
            {
                wait = TakeTurn(wait);
            }
            catch (Exception e)
            {
                // On a thread of its own an exception would end the worker, with all of its clients.
                _log.Err($"{PostfixModule.Name}: internal error, recording continues: {e}");
                wait = RestMilliseconds;
            }
        }

        try
        {
            Write(_pending.TakeAll());
            _table.Dispose();
            _expiring?.Dispose();
        }
        catch (Exception e)
        {
            _log.Err($"{PostfixModule.Name}: internal error at the end: {e}");
        }
    }

    /// <summary>Waits, and does the work that is due; returns the next waiting time.</summary>
    private long? TakeTurn(long? wait)
    {
        if (!_wake.WaitOne((int)(wait ?? Timeout.Infinite)))
        {
            _table.CloseIdle();
            _used = false;
        }

        IReadOnlyCollection<Login> due = _pending.TakeDue(Environment.TickCount64, out long? rest);
        if (!Write(due))
        {
            // For the next attempt, when those addresses may be written again.
            Array.ForEach([.. due], Add);
            rest = RestMilliseconds;
        }

        return Shortest(rest, ExpireWhenDue(), _used ? IdleMilliseconds : null);
    }

    private bool Write(IReadOnlyCollection<Login> logins)
    {
        if (logins.Count > 0)
        {
            if (!Try(() => Record(logins)))
            {
                return false;
            }

            _overflowing = false;
        }

        return true;
    }

    private bool Record(IReadOnlyCollection<Login> logins)
    {
        _table.Record(logins);
        return true;
    }

    private void Add(Login login)
    {
        if (!_pending.TryAdd(login) && !_overflowing)
        {
            _overflowing = true;
            _log.Warn($"{PostfixModule.Name}: {MostWaiting} addresses wait to be written; further ones are not recorded");
        }
    }

    /// <summary>Removes old entries when that is due; returns the time until the next removal, <c>null</c>: never.</summary>
    private long? ExpireWhenDue()
    {
        if (_settings.ExpireMinutes == 0)
        {
            return null;
        }

        long now = Environment.TickCount64;
        if (now >= _nextExpiry)
        {
            _nextExpiry = now + ExpiryMilliseconds;
            Try(Expire);
        }

        return _nextExpiry - now;
    }

    /// <summary>False: another process removes old entries.</summary>
    private bool Expire()
    {
        if (_expiryLock is not null && (_expiring ??= RecordLock.TryTake(_expiryLock)) is null)
        {
            return false;
        }

        _table.RemoveUpTo(LoginTime.Before(_settings.ExpireMinutes));
        return true;
    }

    /// <summary>Uses the table; false when <paramref name="use"/> returned false, or failed, which is logged.</summary>
    private bool Try(Func<bool> use)
    {
        try
        {
            bool used = use();
            _used |= used;
            if (used && _problem is not null)
            {
                _problem = null;
                _log.Info($"{PostfixModule.Name}: the login table can be written to again");
            }

            return used;
        }
        catch (Exception failure)
        {
            string problem = LoginTable.Explain(failure) ?? $"internal error: {failure}";
            if (problem != _problem)
            {
                _problem = problem;
                _log.Err($"{PostfixModule.Name}: {problem}");
            }

            return false;
        }
    }

    private static long? Shortest(params long?[] times) => times.Min();
}
