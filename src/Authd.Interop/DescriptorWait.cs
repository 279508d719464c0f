// Waits for several descriptors at once, on the calling thread and with nothing else: poll(2).
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>The descriptors of one wait; made once and filled again for each.</summary>
public sealed unsafe class DescriptorWait
{
    private pollfd[] _descriptors = new pollfd[16];
    private int _count;

    /// <summary>Forgets all.</summary>
    public void Clear() => _count = 0;

    /// <summary>Waits for input (or the end) of a descriptor as well, and for room when <paramref name="output"/> says so.</summary>
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

    /// <summary>Blocks until something has happened or the time is over.</summary>
    /// <param name="milliseconds">-1: for ever.</param>
    public void Wait(int milliseconds)
    {
        fixed (pollfd* descriptors = _descriptors)
        {
            if (Libc.poll(descriptors, (nuint)_count, milliseconds) < 0)
            {
                // Interrupted, or no memory in the kernel for a moment: nothing has happened; the caller comes again.
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

    /// <summary>There is input, or an end, to be read.</summary>
    public bool HasInput(int place) => (_descriptors[place].revents & ~LibC.POLLOUT) != 0;

    /// <summary>Something can be written.</summary>
    public bool HasRoom(int place) => (_descriptors[place].revents & LibC.POLLOUT) != 0;
}
