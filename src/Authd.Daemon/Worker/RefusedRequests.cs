// The log lines about malformed requests.
using Authd.Core.Logging;

namespace Authd.Daemon.Worker;

/// <summary>At most one line a minute, however many such requests come; the next line counts those without one. Safe to use from
/// several threads.</summary>
/// <param name="log">Takes the lines.</param>
/// <param name="clock">The time.</param>
internal sealed class RefusedRequests(Log log, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _said;
    private long _others;

    /// <summary>Reports a client that gets no answer because its request is malformed.</summary>
    /// <param name="problem">The fault, without any part of the request.</param>
    /// <param name="peer">The client's process and user.</param>
    internal void Add(string problem, (int Pid, uint Uid) peer)
    {
        long others;
        lock (_lock)
        {
            if (_said is { } said && clock.GetElapsedTime(said) < Pause)
            {
                _others++;
                return;
            }

            (others, _others, _said) = (_others, 0, clock.GetTimestamp());
        }

        string more = others == 0 ? "" : $"; {others} other requests refused since the last such line";
        log.Warn($"a request is refused for its form: {problem} (client pid {peer.Pid}, uid {peer.Uid}){more}");
    }
}
