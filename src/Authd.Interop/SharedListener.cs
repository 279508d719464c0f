// Takes clients off a listening socket that several processes share, waking one process a client and not all of them.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>
/// Waits with epoll's EPOLLEXCLUSIVE, which .NET's sockets cannot ask for: without it every connection wakes every idle
/// worker. It never shuts the shared socket down, which disposing a .NET listener may do.
/// </summary>
public sealed unsafe class SharedListener : IDisposable
{
    private const int EINTR = 4;
    private const int EventSize = 16; // 12 on x86-64, 16 elsewhere: large enough for both

    private readonly int _listener;
    private readonly int _epoll;
    private readonly (int Read, int Write) _stop;

    /// <summary>Takes over the listening socket <paramref name="listener"/>, which must be non-blocking.</summary>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public SharedListener(int listener)
    {
        _listener = listener;
        _stop = Descriptors.Pipe();
        _epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        Watch(_stop.Read, Libc.EPOLLIN);
        Watch(listener, Libc.EPOLLIN | Libc.EPOLLEXCLUSIVE);
    }

    /// <summary>The next client (its descriptor, non-blocking), or -1 when none is there now.</summary>
    /// <exception cref="LibcException">No descriptors or no memory left.</exception>
    public int TryAccept()
    {
        int client = Libc.accept4(_listener, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (client >= 0)
        {
            return client;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno is Libc.EAGAIN or EINTR or Libc.ECONNABORTED ? -1 : throw new LibcException("accept", errno);
    }

    /// <summary>Waits until a client may be there or <see cref="Stop"/> was called.</summary>
    [SkipLocalsInit]
    public void Wait()
    {
        byte* happened = stackalloc byte[EventSize];
        if (Libc.epoll_wait(_epoll, happened, 1, -1) < 0 && Marshal.GetLastPInvokeError() != EINTR)
        {
            throw LibcException.Last("epoll_wait");
        }
    }

    /// <summary>Ends the present and every later <see cref="Wait"/>; any thread may call it.</summary>
    public void Stop() => Descriptors.Write(_stop.Write, [0]);

    /// <inheritdoc/>
    public void Dispose()
    {
        Libc.close(_epoll);
        Libc.close(_listener);
        Libc.close(_stop.Read);
        Libc.close(_stop.Write);
    }

    private void Watch(int descriptor, uint events)
    {
        byte* wanted = stackalloc byte[EventSize];
        new Span<byte>(wanted, EventSize).Clear();
        *(uint*)wanted = events;
        if (Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_ADD, descriptor, wanted) < 0)
        {
            throw LibcException.Last("epoll_ctl");
        }
    }
}
