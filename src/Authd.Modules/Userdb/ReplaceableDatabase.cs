// A database file that makeuserdb replaces while the daemon runs: the next request reads the new one.
using Authd.Linux.Files;
using Authd.Modules.Userdb.Gdbm;

namespace Authd.Modules.Userdb;

/// <summary>Keeps a GDBM file open, and opens it anew when another file has replaced it; for one thread at a time.</summary>
/// <param name="path">The file.</param>
/// <param name="opened">Called after each opening.</param>
public sealed class ReplaceableDatabase(string path, Action? opened = null) : IDisposable
{
    private readonly FreshStamp _fresh = new(path);
    private FileStamp? _stamp;
    private GdbmReader? _reader;

    /// <summary>The reader, or its absence, belongs to the stamp: a missing file is not opened at every request.</summary>
    private bool _settled;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The present database, valid until the next call; <c>null</c> when the file does not exist.</summary>
    /// <exception cref="IOException">The file exists but cannot be used.</exception>
    public GdbmReader? Current()
    {
        // Taken before the file is opened: if it is replaced in between, the next request finds the stamp outdated.
        FileStamp? stamp = _fresh.Now;
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
