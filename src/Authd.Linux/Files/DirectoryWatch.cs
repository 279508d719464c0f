using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>Wakes a wait when a file in a directory, or the directory itself, is removed (inotify(7)). The woken caller looks up
/// the change itself.</summary>
public sealed unsafe class DirectoryWatch : IDisposable
{
    private const int EventsSize = 4096;

    private readonly int _inotify = Libc.inotify_init1(Libc.IN_NONBLOCK | Libc.IN_CLOEXEC);

    /// <summary>Becomes readable after a change; -1 when the system has no watch to give, or no inotify.</summary>
    public int Descriptor => _inotify;

    /// <summary>Watches a directory that exists; where that is not possible, nothing is ever reported.</summary>
    public void Watch(string directory)
    {
        fixed (byte* name = FileStamp.Name(directory))
        {
            _ = Libc.inotify_add_watch(
                _inotify,
                name,
                Libc.IN_DELETE | Libc.IN_DELETE_SELF | Libc.IN_MOVED_FROM | Libc.IN_MOVED_TO | Libc.IN_MOVE_SELF | Libc.IN_CREATE);
        }
    }

    /// <summary>Discards the reports received so far.</summary>
    public void Clear()
    {
        byte* events = stackalloc byte[EventsSize];
        while ((nint)LibC.read(_inotify, events, EventsSize) > 0)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_inotify >= 0)
        {
            Descriptors.Close(_inotify);
        }
    }
}
