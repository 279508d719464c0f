using System.Net.Sockets;

namespace Authd.Bench.Load;

/// <summary>One direction of a connection through the delaying proxy:
/// chunks of bytes, each with the time at which it is due.</summary>
internal sealed class DelayedFlow(Socket source, Socket destination)
{
    private readonly Queue<(long Due, byte[] Bytes)> _chunks = [];
    private readonly byte[] _buffer = new byte[65536];

    /// <summary>The time when the next chunk must be sent, in Stopwatch ticks; far in the future without one.</summary>
    internal long NextDue => _chunks.TryPeek(out (long Due, byte[] Bytes) chunk) ? chunk.Due : long.MaxValue;

    /// <summary>Takes input; an empty chunk stands for the end of the connection.</summary>
    internal void Receive(long due)
    {
        int count = source.Receive(_buffer, SocketFlags.None, out SocketError error);
        _chunks.Enqueue((due, error == SocketError.Success ? _buffer[..count] : []));
    }

    /// <summary>Sends the chunks that are due; false at the end of the connection.</summary>
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
