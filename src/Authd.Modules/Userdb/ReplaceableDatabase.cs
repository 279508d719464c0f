// A database file that makeuserdb replaces while we run: the next request sees the new one.
using Authd.Interop;

namespace Authd.Modules.Userdb;

/// <summary>Keeps a GDBM file open, and opens it anew when another one stands in its place; for one thread at a time.</summary>
/// <param name="path">The file.</param>
/// <param name="opened">Called each time it is opened.</param>
public sealed class ReplaceableDatabase(string path, Action? opened = null) : IDisposable
{
    private readonly byte[] _name = FileStamp.Name(path);
    private FileStamp? _stamp;
    private GdbmReader? _reader;

    /// <summary>The reader, or its absence, belongs to the stamp: a file that is not there is not tried at every request.</summary>
    private bool _settled;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The database as it is now, valid until the next call; <c>null</c> when there is no such file.</summary>
    /// <exception cref="IOException">The file is there but cannot be used.</exception>
    public GdbmReader? Current()
    {
        // Taken before the file is opened: when it is replaced in between, the next request finds the stamp outdated.
        FileStamp? stamp = FileStamp.Of(_name);
        if (_settled && stamp == _stamp)
        {
            return _reader;
        }

        Dispose();
        _reader = GdbmReader.Open(path);
        _stamp = stamp;
        _settled = true;
        if (_reader is not null)
        {
            opened?.Invoke();
        }

        return _reader;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
        _settled = false;
    }
}
