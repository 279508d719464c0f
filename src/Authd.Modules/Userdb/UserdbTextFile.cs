using Authd.Linux.Files;
using Authd.Linux.Native;

namespace Authd.Modules.Userdb;

/// <summary>One of userdb's text files, under the lock of the program userdb, <c>.lock.NAME</c>, so that no other process edits
/// it. The file may not exist yet.</summary>
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

    /// <summary>Waits for the lock on the file.</summary>
    /// <exception cref="LibcException">The lock file cannot be created.</exception>
    public static UserdbTextFile Open(string path) => new(path, FileLock.Take(Beside(path, ".lock."), OwnerOnly));

    /// <summary>Like <see cref="Open"/>, but <c>null</c> while another process holds the lock.</summary>
    /// <exception cref="LibcException">The lock file cannot be created.</exception>
    public static UserdbTextFile? TryOpen(string path) =>
        FileLock.TryTake(Beside(path, ".lock."), OwnerOnly) is { } held ? new UserdbTextFile(path, held) : null;

    /// <summary>Writes the file's next version, with its present owner and mode.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
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
