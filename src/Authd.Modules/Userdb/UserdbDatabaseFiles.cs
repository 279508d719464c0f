// Makes userdb.dat and userdbshadow.dat of the text: what makeuserdb does, and a password change.
using Authd.Interop;

namespace Authd.Modules.Userdb;

/// <summary>The two databases that belong to a userdb text.</summary>
/// <param name="path">The text: a file or a directory, e.g. <c>/etc/courier/userdb</c>.</param>
public sealed class UserdbDatabaseFiles(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode AllMayRead = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Accounts without their passwords.</summary>
    public string Database { get; } = path + ".dat";

    /// <summary>The passwords.</summary>
    public string Shadow { get; } = path + "shadow.dat";

    private string LockPath { get; } = path + ".lock";

    /// <summary>Refuses what makeuserdb refuses: a text that is missing or open to others, and symbolic links.</summary>
    /// <exception cref="UserdbException">Why.</exception>
    public void Check()
    {
        UserdbSource.Check(path);
        UserdbSource.RefuseLinks("makeuserdb", path, Database, Shadow);
    }

    /// <summary>Waits until nobody else makes the databases.</summary>
    /// <exception cref="LibcException">The lock file cannot be made.</exception>
    public FileLock Lock() => FileLock.Take(LockPath, AllMayRead);

    /// <summary>As <see cref="Lock"/>, but <c>null</c> while somebody makes them.</summary>
    /// <exception cref="LibcException">The lock file cannot be made.</exception>
    public FileLock? TryLock() => FileLock.TryTake(LockPath, AllMayRead);

    /// <summary>
    /// Replaces both databases, under the lock; first, when there is one, the text that they are made of. All are whole
    /// and on disk before the first takes its place, so that a full disk changes nothing. The passwords go first: nobody
    /// sees a new account before its password.
    /// </summary>
    /// <param name="files">The texts.</param>
    /// <param name="text">The new version of one of them, <c>null</c> when none has changed.</param>
    /// <exception cref="UserdbException">A name occurs twice.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    public void Replace(IReadOnlyList<UserdbFile> files, ReplacementFile? text = null)
    {
        UserdbCompiler compiler = new(files);
        using ReplacementFile database = ReplacementFile.Write(
            Database, path + ".tmp", AllMayRead, owner: null, compiler.Database.Build());
        using ReplacementFile shadow = ReplacementFile.Write(
            Shadow, path + "shadow.tmp", OwnerOnly, owner: null, compiler.Shadow.Build());
        text?.Commit();
        shadow.Commit();
        database.Commit();
        ReplacementFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
