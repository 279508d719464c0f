// The closed-loop load generator: each of N clients connects, sends, reads to the end of the connection, closes, and starts
// again. One thread with epoll drives them all, so that its cost for a request is the same for 1 and 64 clients.
using System.Diagnostics;

namespace Authd.Bench.Load;

/// <summary>Asks a daemon as fast as it answers, and checks every reply.</summary>
internal sealed unsafe class LoadGenerator : ILoad
{
    private const int BufferSize = 4096;
    private readonly UnixAddress _address;
    private readonly Exchange[] _exchanges;
    private readonly int _epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
    private readonly EpollEvents _events = new(256);
    private readonly EpollEvents _registration = new(1);
    private readonly List<long> _latencies = new(1 << 20);
    private readonly Greeting? _greeting;
    private int _next;
    private int _wrong;
    private int _connections;

    internal LoadGenerator(string socketPath, Exchange[] exchanges, Greeting? greeting = null)
    {
        _address = new UnixAddress(socketPath);
        _exchanges = exchanges;
        _greeting = greeting;
    }

    /// <inheritdoc/>
    public LoadResult Run(int clients, TimeSpan duration, TimeSpan patience, int limit = int.MaxValue)
    {
        _latencies.Clear();
        _wrong = 0;
        var slots = new Slot[clients];
        long begin = Stopwatch.GetTimestamp();
        long end = begin + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        int started = Math.Min(clients, limit);
        int pending = 0;
        for (int tag = 0; tag < started; tag++)
        {
            pending += Begin(slots, tag) ? 1 : 0;
        }
        while (pending > 0)
        {
            int ready = Libc.epoll_wait(_epoll, _events.Pointer, _events.Capacity, (int)patience.TotalMilliseconds);
            if (ready <= 0)
            {
                break;
            }
            for (int index = 0; index < ready; index++)
            {
                int tag = _events.Tag(index);
                if (!HasEnded(ref slots[tag]))
                {
                    continue;
                }

                bool more = End(ref slots[tag]) < end && started < limit;
                started += more ? 1 : 0;
                pending -= more && Begin(slots, tag) ? 0 : 1;
            }
        }
        int unanswered = slots.Count(static slot => slot.Expected is not null);
        foreach (Slot slot in slots.Where(static slot => slot.IsOpen))
        {
            Libc.close(slot.Fd);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        long[] sorted = [.. _latencies];
        Array.Sort(sorted);
        return new LoadResult(_wrong, unanswered, elapsed, sorted);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Libc.close(_epoll);
        _events.Dispose();
        _registration.Dispose();
        _address.Dispose();
    }

    private bool Begin(Slot[] slots, int tag)
    {
        Exchange exchange = _exchanges[_next];
        _next = _next + 1 == _exchanges.Length ? 0 : _next + 1;
        ref Slot slot = ref slots[tag];
        slot.Expected = exchange.Reply;
        slot.Lines = exchange.Lines;
        slot.Filled = 0;
        slot.Started = Stopwatch.GetTimestamp();
        bool isNew = !slot.IsOpen;
        if (isNew)
        {
            slot.Fd = _address.Connect();
            if (slot.Fd < 0)
            {
                _wrong++;
                slot.Expected = null;
                return false;
            }

            slot.IsOpen = true;
        }

        if (isNew && _greeting is not null)
        {
            slot.Lines += _greeting.Lines;
            Send(slot.Fd, [.. _greeting.Text(++_connections), .. exchange.Request]);
        }
        else
        {
            Send(slot.Fd, exchange.Request);
        }

        if (!isNew)
        {
            return true;
        }

        // If the server closes, only the end of the connection wakes this thread: by then the whole reply has arrived.
        _registration.SetFirst(exchange.Lines == 0 ? Libc.EPOLLRDHUP : Libc.EPOLLIN, tag);
        return Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_ADD, slot.Fd, _registration.Pointer) == 0;
    }

    private static void Send(int descriptor, ReadOnlySpan<byte> request)
    {
        fixed (byte* start = request)
        {
            // A failure shows at the end of the connection as a missing reply.
            _ = Libc.send(descriptor, start, request.Length, Libc.MSG_NOSIGNAL);
        }
    }

    /// <summary>Takes input; false when a server that does not close has not sent all lines yet.</summary>
    private bool HasEnded(ref Slot slot)
    {
        byte[] received = slot.Received ??= new byte[BufferSize];
        fixed (byte* start = received)
        {
            nint more = Libc.recv(slot.Fd, start + slot.Filled, received.Length - slot.Filled, 0);
            slot.Filled += (int)Math.Max(more, 0);
            slot.HasEnded = more <= 0;
            return slot.Lines == 0 || more <= 0 || received.AsSpan(0, slot.Filled).Count((byte)'\n') >= slot.Lines;
        }
    }

    private long End(ref Slot slot)
    {
        if (slot.HasEnded || _greeting is not { KeepsConnection: true })
        {
            Libc.close(slot.Fd);
            slot.IsOpen = false;
        }

        long now = Stopwatch.GetTimestamp();
        ReadOnlySpan<byte> reply = slot.Received.AsSpan(0, slot.Filled);
        if (slot.Lines == 0 ? reply.SequenceEqual(slot.Expected) : reply.EndsWith(slot.Expected))
        {
            _latencies.Add((long)((now - slot.Started) * (1e9 / Stopwatch.Frequency)));
        }
        else
        {
            _wrong++;
        }
        slot.Expected = null;
        return now;
    }

    /// <summary>One client: its connection, its start, and the reply that it waits for (null: none).</summary>
    private struct Slot
    {
        internal int Fd;
        internal bool IsOpen;
        internal bool HasEnded;
        internal long Started;
        internal byte[]? Expected;
        internal int Lines;
        internal byte[]? Received;
        internal int Filled;
    }
}
