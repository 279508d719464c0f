using System.Runtime.InteropServices;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Sockets;

/// <summary>Waits for several descriptors on the calling thread (poll(2)).
/// The object is made once and filled again for each wait.</summary>
public sealed unsafe class DescriptorWait
{
    private pollfd[] _descriptors = new pollfd[16];
    private int _count;

    /// <summary>Removes all descriptors.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a wait for input (or the end) of a descriptor, and for room if <paramref name="output"/> is set.</summary>
    /// <returns>Its place, for <see cref="HasInput"/> and <see cref="HasRoom"/>.</returns>
    public int Add(int descriptor, bool output = false)
    {
        if (_count == _descriptors.Length)
        {
            Array.Resize(ref _descriptors, _count * 2);
        }

        short events = (short)(output ? LibC.POLLIN | LibC.POLLOUT : LibC.POLLIN);
        _descriptors[_count] = new pollfd { fd = descriptor, events = events };
        return _count++;
    }

    /// <summary>Blocks until an event or the time limit.</summary>
    /// <param name="milliseconds">The time limit; -1: none.</param>
    public void Wait(int milliseconds)
    {
        fixed (pollfd* descriptors = _descriptors)
        {
            if (Libc.poll(descriptors, (nuint)_count, milliseconds) < 0)
            {
                // Interrupted, or no memory in the kernel for a moment: no event has occurred, and the caller waits again.
                int errno = Marshal.GetLastPInvokeError();
                for (int i = 0; i < _count; i++)
                {
                    descriptors[i].revents = 0;
                }

                if (errno != LibC.EINTR)
                {
                    Thread.Sleep(10);
                }
            }
        }
    }

    /// <summary>Input, or an end, can be read.</summary>
    public bool HasInput(int place) => (_descriptors[place].revents & ~LibC.POLLOUT) != 0;

    /// <summary>Output can be written.</summary>
    public bool HasRoom(int place) => (_descriptors[place].revents & LibC.POLLOUT) != 0;
}
