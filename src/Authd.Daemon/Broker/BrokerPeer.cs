using Authd.Linux.Sockets;

namespace Authd.Daemon.Broker;

/// <summary>A worker's socket and its questions and PAM processes, in the broker.</summary>
/// <param name="socket">The broker's end.</param>
/// <param name="pid">The worker's pid, for the log.</param>
internal sealed class BrokerPeer(MessageSocket socket, int pid) : IDisposable
{
    private int _underWay;

    internal MessageSocket Socket => socket;

    internal int Pid => pid;

    /// <summary>Its PAM processes.</summary>
    internal List<StartedPam> Pam { get; } = [];

    /// <summary>Reserves a place for a question that takes time; false: the worker has reached its limit.</summary>
    internal bool TryBegin(int most)
    {
        if (Interlocked.Increment(ref _underWay) <= most)
        {
            return true;
        }

        End();
        return false;
    }

    internal void End() => Interlocked.Decrement(ref _underWay);

    public void Dispose()
    {
        socket.Dispose();
        Pam.ForEach(static pam => pam.Dispose());
    }
}

/// <summary>A PAM process that the broker has started for a worker, until it is collected.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="Line">The worker closes its end to end the process.</param>
internal sealed record StartedPam(int Pid, MessageSocket Line) : IDisposable
{
    /// <summary>The time when it was killed (TickCount64); 0: it was not.</summary>
    internal long Killed { get; set; }

    public void Dispose() => Line.Dispose();
}
