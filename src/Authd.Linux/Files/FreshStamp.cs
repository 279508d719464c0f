namespace Authd.Linux.Files;

/// <summary>
/// A file's stamp, as fresh as every request needs it, with one system call for all requests that have arrived together. On an
/// event loop the stamp is read again after each arrival, so that a request never sees a state of the file from before it was
/// sent. On any other thread the stamp is read at every call.
/// </summary>
/// <param name="path">The file.</param>
public sealed class FreshStamp(string path)
{
    private readonly byte[] _name = FileStamp.Name(path);
    private FileStamp? _stamp;
    private long _readAt;

    [ThreadStatic]
    private static long _arrivals;

    /// <summary>Changes whenever a request may have arrived on the event loop of this thread; 0 on any other thread.</summary>
    public static long Arrivals => _arrivals;

    /// <summary>The stamp, <c>null</c> when the file is missing or cannot be reached. On one event loop of the process only.</summary>
    public FileStamp? Now
    {
        get
        {
            if (_arrivals == 0)
            {
                return FileStamp.Of(_name);
            }

            if (_readAt != _arrivals)
            {
                _stamp = FileStamp.Of(_name);
                _readAt = _arrivals;
            }

            return _stamp;
        }
    }

    /// <summary>No file of that name exists. A path that cannot be reached is not known to be missing.</summary>
    public bool IsMissing => FileStamp.IsMissing(_name);

    /// <summary>A request may have arrived on the event loop of this thread: what was read before is too old for it.</summary>
    internal static void RequestsArrive() => _arrivals++;
}
