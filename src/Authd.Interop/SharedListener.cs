// Takes clients off a listening socket that several processes share.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// The listening socket as one worker sees it. Not a Socket of .NET: that cannot ask for EPOLLEXCLUSIVE, its accept costs
/// more than the rest of a lookup, and disposing of it may shut the socket down for all other workers.
/// </summary>
/// <param name="descriptor">The socket, non-blocking; taken over.</param>
/// <param name="events">Where its clients are waited for.</param>
public sealed class SharedListener(int descriptor, SocketEvents events) : IDisposable
{
    /// <summary>Calls <paramref name="clientsWait"/> on the events' thread while clients wait to be accepted.</summary>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    public void Start(Action clientsWait) => events.WatchListener(descriptor, clientsWait);

    /// <summary>No more calls; clients wait in the queue, or other workers take them.</summary>
    public void Pause() => events.PauseListener();

    /// <summary>Calls again.</summary>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    public void Resume() => events.ResumeListener();

    /// <summary>The next client (its descriptor, non-blocking), or -1 when none is there now.</summary>
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
