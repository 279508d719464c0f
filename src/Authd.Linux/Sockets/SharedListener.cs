using System.Runtime.InteropServices;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Sockets;

/// <summary>
/// The listening socket that all workers share, as one worker sees it. A .NET Socket cannot ask for EPOLLEXCLUSIVE, its accept
/// costs more than the rest of a lookup, and disposing of it may shut the socket down for all other workers.
/// </summary>
/// <param name="descriptor">The socket, non-blocking; this object closes it.</param>
/// <param name="events">The loop that waits for clients.</param>
public sealed class SharedListener(int descriptor, EventLoop events) : IDisposable
{
    /// <summary>Calls <paramref name="clientsWait"/> on the loop's thread while clients wait to be accepted.</summary>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    public void Start(Action clientsWait) => events.WatchListener(descriptor, clientsWait);

    /// <summary>Stops the calls; clients wait in the queue, or other workers take them.</summary>
    public void Pause() => events.PauseListener(descriptor);

    /// <summary>Resumes the calls.</summary>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    public void Resume() => events.ResumeListener(descriptor);

    /// <summary>The descriptor of the next client, non-blocking, or -1 when none waits.</summary>
    /// <exception cref="LibcException">No descriptors or no memory left.</exception>
    public unsafe int TryAccept()
    {
        int client = LibC.accept4(descriptor, null, null, LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC);
        if (client >= 0)
        {
            return client;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == LibC.EAGAIN || errno == LibC.EINTR || errno == LibC.ECONNABORTED ? -1 : throw new LibcException("accept", errno);
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptors.Close(descriptor);
}
