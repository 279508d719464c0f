// One direction of a connection through the delaying proxy.
using System.Net.Sockets;

namespace Authd.Bench.Load;

/// <summary>Bytes on their way from one socket to another, each chunk with the time at which it is due.</summary>
internal sealed class DelayedFlow(Socket source, Socket destination)
{
    private readonly Queue<(long Due, byte[] Bytes)> _chunks = [];
    private readonly byte[] _buffer = new byte[65536];

    /// <summary>When the next chunk must be sent, in Stopwatch ticks; far away when there is none.</summary>
    internal long NextDue => _chunks.TryPeek(out (long Due, byte[] Bytes) chunk) ? chunk.Due : long.MaxValue;

    /// <summary>Takes what has arrived; an empty chunk stands for the end of the connection.</summary>
    internal void Receive(long due)
    {
        int count = source.Receive(_buffer, SocketFlags.None, out SocketError error);
        _chunks.Enqueue((due, error == SocketError.Success ? _buffer[..count] : []));
    }

    /// <summary>Sends what is due; false when that was the end of the connection.</summary>
    internal bool SendDue(long now)
    {
        while (NextDue <= now)
        {
            byte[] bytes = _chunks.Dequeue().Bytes;
            destination.Send(bytes, SocketFlags.None, out SocketError error);
            if (bytes.Length == 0 || error != SocketError.Success)
            {
                return false;
            }
        }
        return true;
    }
}
