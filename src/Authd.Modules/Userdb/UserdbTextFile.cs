// One of userdb's text files, held so that nobody else edits it.
using Authd.Interop;

namespace Authd.Modules.Userdb;

/// <summary>A text file under the lock of the program userdb, <c>.lock.NAME</c>; it may not exist yet.</summary>
public sealed class UserdbTextFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileLock _lock;

    private UserdbTextFile(string path, FileLock held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Waits until nobody else edits the file.</summary>
    /// <exception cref="LibcException">Its lock file cannot be made.</exception>
    public static UserdbTextFile Open(string path) => new(path, FileLock.Take(Beside(path, ".lock."), OwnerOnly));

    /// <summary>As <see cref="Open"/>, but <c>null</c> while somebody edits it.</summary>
    /// <exception cref="LibcException">Its lock file cannot be made.</exception>
    public static UserdbTextFile? TryOpen(string path) =>
        FileLock.TryTake(Beside(path, ".lock."), OwnerOnly) is { } held ? new UserdbTextFile(path, held) : null;

    /// <summary>Writes its next version, with the owner and mode it has.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public ReplacementFile Write(byte[] text)
    {
        FileOwner? owner = TrustedFiles.OwnerOf(Path);
        return ReplacementFile.Write(Path, Beside(Path, ".tmp."), owner?.Mode ?? OwnerOnly, owner, [text]);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static string Beside(string path, string prefix) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", prefix + System.IO.Path.GetFileName(path));
}
