// A few connections of one kind, each with a thread of its own, because libldap blocks.
using Authd.Interop;

namespace Authd.Modules.Ldap;

/// <summary>
/// Operations wait in one queue; whichever connection is free takes the next. A further connection is opened when all are
/// busy. No request waits longer than its deadline, whatever a server or libldap does.
/// </summary>
internal sealed class LdapPool : IDisposable
{
    private const int RegrowAfter = 10_000;

    /// <summary>The epoch of a connection that may not be used again.</summary>
    private const int Stale = -1;

    private readonly object _sync = new();
    private readonly LdapServers _servers;
    private readonly LdapLimits _limits;
    private readonly bool _bound;
    private readonly bool _single;
    private readonly LdapOutage _outage = new(Random.Shared.NextDouble);
    private readonly LinkedList<LdapJob> _queue = new();
    private readonly Timer _retry;
    private int _lanes;
    private int _connecting;
    private int _busy;
    private int _epoch;
    private long _noGrowthBefore;
    private bool _closing;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="servers">Where to.</param>
    /// <param name="limits">How many connections, and how long an unused one stays.</param>
    /// <param name="bound">Connections are bound as LDAP_BINDDN.</param>
    /// <param name="single">A connection serves for one operation only.</param>
    public LdapPool(LdapServers servers, LdapLimits limits, bool bound, bool single)
    {
        (_servers, _limits, _bound, _single) = (servers, limits, bound, single);
        _retry = new Timer(_ => Retry());
    }

    /// <summary>Connections that wait, or will as soon as they have handed their answer over.</summary>
    private int Free => _lanes - _connecting - _busy;

    /// <summary>Does <paramref name="work"/> on a connection's thread.</summary>
    /// <param name="work">See <see cref="LdapJob"/>.</param>
    /// <param name="deadline">Until when to wait.</param>
    /// <param name="cancel">The request's end.</param>
    public async ValueTask<LdapResult> RunAsync(
        Func<LdapConnection, TimeSpan, LdapResult> work, long deadline, CancellationToken cancel)
    {
        LdapJob job = new(work, deadline);
        if (!TrySubmit(job))
        {
            return LdapResult.Away;
        }

        try
        {
            long left = Math.Max(0, job.Deadline - Environment.TickCount64);
            return await job.Answer.WaitAsync(TimeSpan.FromMilliseconds(left), cancel);
        }
        catch (TimeoutException)
        {
            return LdapResult.Away;
        }
    }

    /// <summary>Lets the connections finish what they have begun, and close.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _closing = true;
            _retry.Dispose();
            Monitor.PulseAll(_sync);
        }
    }

    private bool TrySubmit(LdapJob job)
    {
        lock (_sync)
        {
            long now = Environment.TickCount64;
            if (_outage.Away)
            {
                if (_connecting == 0 && _outage.MayTry(now))
                {
                    StartLane(now);
                }

                if (_connecting == 0)
                {
                    return false;
                }

                job.Deadline = Math.Min(job.Deadline, _outage.WaitUntil(now));
            }

            _queue.AddLast(job);
            if (Free >= _queue.Count)
            {
                Monitor.Pulse(_sync);
            }
            else if (_lanes == 0 || (!_outage.Away && _lanes < _limits.Connections && now >= _noGrowthBefore))
            {
                StartLane(now);
            }

            return true;
        }
    }

    private void StartLane(long now)
    {
        _lanes++;
        _connecting++;
        _outage.Attempt(now);
        new Thread(Serve) { IsBackground = true, Name = "ldap" }.Start();
    }

    private void Retry()
    {
        lock (_sync)
        {
            if (_outage.Away && _connecting == 0 && !_closing)
            {
                StartLane(Environment.TickCount64);
            }
        }
    }

    /// <summary>A connection's thread.</summary>
    private void Serve()
    {
        if (_servers.Open(_bound) is not { } opened)
        {
            Complete(FailedToOpen(), LdapResult.Away);
            return;
        }

        using LdapConnection connection = opened.Connection;
        int epoch = Opened();
        while (Take(epoch) is { } job)
        {
            long started = Environment.TickCount64;
            LdapResult result = job.Run(connection, started);
            Finished();
            if (result.Code == LdapCode.Timeout || LdapCode.LosesConnection(result.Code))
            {
                Lost(job, result, epoch, started, opened.Server);
                return;
            }

            opened.Server.LastAnswer = Environment.TickCount64;
            job.Complete(result);
            epoch = _single ? Stale : epoch;
        }
    }

    private void Finished()
    {
        lock (_sync)
        {
            _busy--;
        }
    }

    private int Opened()
    {
        lock (_sync)
        {
            _connecting--;
            _outage.Over();
            return _epoch;
        }
    }

    /// <summary>No server could be connected to. While there are other connections, or may soon be, that only means: not
    /// more than those.</summary>
    private List<LdapJob> FailedToOpen()
    {
        lock (_sync)
        {
            _connecting--;
            _lanes--;
            long now = Environment.TickCount64;
            if (_lanes > 0)
            {
                _noGrowthBefore = now + RegrowAfter;
                return [];
            }

            return BeginOutage(now);
        }
    }

    private List<LdapJob> BeginOutage(long now)
    {
        _outage.Failed(now);
        if (!_closing)
        {
            _retry.Change(_outage.Backoff(), Timeout.Infinite);
        }

        List<LdapJob> waiting = [.. _queue];
        _queue.Clear();
        return waiting;
    }

    /// <summary>The next operation; <c>null</c> when this connection is to be closed.</summary>
    private LdapJob? Take(int epoch)
    {
        lock (_sync)
        {
            long idleSince = Environment.TickCount64;
            while (epoch == _epoch)
            {
                long now = Environment.TickCount64;
                if (TakeFirst(now) is { } job)
                {
                    _busy++;
                    return job;
                }

                long left = idleSince + (long)_limits.IdleTimeout.TotalMilliseconds - now;
                if (_closing || left <= 0)
                {
                    break;
                }

                Monitor.Wait(_sync, TimeSpan.FromMilliseconds(left));
            }

            Leave();
            return null;
        }
    }

    private LdapJob? TakeFirst(long now)
    {
        while (_queue.First is { Value: var job })
        {
            _queue.RemoveFirst();
            if (job.Deadline > now)
            {
                return job;
            }
        }

        return null;
    }

    /// <summary>A connection closes; if somebody waits and no other is free, a new one takes its place.</summary>
    private void Leave()
    {
        _lanes--;
        if (_queue.Count > 0 && Free == 0 && _connecting == 0)
        {
            StartLane(Environment.TickCount64);
        }
    }

    /// <summary>
    /// The connection is gone, or its server silent. What it had not answered is tried once more on another, where there is
    /// time and a server that may do better; idle ones, which the same cause has probably ended, are not trusted with it.
    /// </summary>
    private void Lost(LdapJob job, LdapResult result, int epoch, long started, LdapServer server)
    {
        bool late = result.Code == LdapCode.Timeout;
        // At the same tick as the start an answer was to something before.
        bool silent = late && server.LastAnswer <= started;
        if (silent)
        {
            _servers.Fails(server, $"{result.Function} failed: {LdapCode.Text(result.Code)}");
        }

        bool again;
        List<LdapJob> failed = [job];
        lock (_sync)
        {
            if (epoch == _epoch && (silent || !late))
            {
                _epoch++;
                Monitor.PulseAll(_sync);
            }

            long now = Environment.TickCount64;
            again = !job.SentAgain && job.Deadline > now && (!late || (silent && _servers.HasFavoured));
            if (again)
            {
                job.SentAgain = true;
                _queue.AddFirst(job);
            }
            else if (silent)
            {
                failed.AddRange(BeginOutage(now));
            }

            Leave();
        }

        if (!again)
        {
            Complete(failed, silent ? LdapResult.Away : result);
        }
    }

    private static void Complete(List<LdapJob> jobs, LdapResult result) => jobs.ForEach(job => job.Complete(result));
}
