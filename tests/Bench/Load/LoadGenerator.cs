// The closed-loop load generator: N clients, each connects, sends, reads to the end of the connection, closes, and
// starts again. One thread with epoll drives them all, so that its cost a request is the same for 1 and 64 clients.
using System.Diagnostics;

namespace Authd.Bench.Load;

/// <summary>Asks a daemon as fast as it answers, and checks every reply.</summary>
internal sealed unsafe class LoadGenerator : IDisposable
{
    private const int BufferSize = 4096;
    private readonly UnixAddress _address;
    private readonly Exchange[] _exchanges;
    private readonly int _epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
    private readonly EpollEvents _events = new(256);
    private readonly EpollEvents _registration = new(1);
    private readonly List<long> _latencies = new(1 << 20);
    private int _next;
    private int _wrong;

    internal LoadGenerator(string socketPath, Exchange[] exchanges)
    {
        _address = new UnixAddress(socketPath);
        _exchanges = exchanges;
    }

    /// <summary>
    /// Runs <paramref name="clients"/> clients for <paramref name="duration"/> or until <paramref name="limit"/>
    /// requests were started, then waits for the last replies; gives up when for <paramref name="patience"/> nothing
    /// at all has come.
    /// </summary>
    internal LoadResult Run(int clients, TimeSpan duration, TimeSpan patience, int limit = int.MaxValue)
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
        int unanswered = GiveUp(slots);
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
        slot.Fd = _address.Connect();
        if (slot.Fd < 0)
        {
            _wrong++;
            slot.Expected = null;
            return false;
        }
        fixed (byte* request = exchange.Request)
        {
            // A failure shows at the end of the connection, as the reply that is missing.
            _ = Libc.send(slot.Fd, request, exchange.Request.Length, Libc.MSG_NOSIGNAL);
        }
        // Only the end of the connection wakes this thread, if the server closes: by then the whole reply has arrived.
        _registration.SetFirst(exchange.Lines == 0 ? Libc.EPOLLRDHUP : Libc.EPOLLIN, tag);
        return Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_ADD, slot.Fd, _registration.Pointer) == 0;
    }

    /// <summary>Takes what has come; false when a server that does not close has not sent all lines yet.</summary>
    private bool HasEnded(ref Slot slot)
    {
        byte[] received = slot.Received ??= new byte[BufferSize];
        fixed (byte* start = received)
        {
            nint more = Libc.recv(slot.Fd, start + slot.Filled, received.Length - slot.Filled, 0);
            slot.Filled += (int)Math.Max(more, 0);
            return slot.Lines == 0 || more <= 0 || received.AsSpan(0, slot.Filled).Count((byte)'\n') >= slot.Lines;
        }
    }

    private long End(ref Slot slot)
    {
        Libc.close(slot.Fd);
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

    private static int GiveUp(Slot[] slots)
    {
        Slot[] open = [.. slots.Where(slot => slot.Expected is not null)];
        foreach (Slot slot in open)
        {
            Libc.close(slot.Fd);
        }
        return open.Length;
    }

    /// <summary>One client: its connection, when it began, and the reply it waits for (null = none).</summary>
    private struct Slot
    {
        internal int Fd;
        internal long Started;
        internal byte[]? Expected;
        internal int Lines;
        internal byte[]? Received;
        internal int Filled;
    }
}
