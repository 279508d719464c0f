// Makes userdb.dat and userdbshadow.dat from the text, for makeuserdb and for password changes.
using Authd.Linux.Files;
using Authd.Linux.Native;

namespace Authd.Modules.Userdb;

/// <summary>The two databases of a userdb text.</summary>
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

    /// <summary>Refuses what makeuserdb refuses: a text that is missing or readable by others, and symbolic links.</summary>
    /// <exception cref="UserdbException">The reason of the refusal.</exception>
    public void Check()
    {
        UserdbSource.Check(path);
        UserdbSource.RefuseLinks("makeuserdb", path, Database, Shadow);
    }

    /// <summary>Looks whether databases can be made of the texts.</summary>
    /// <exception cref="UserdbException">A name occurs twice, or a line is too long.</exception>
    public static void CheckRecords(IReadOnlyList<UserdbFile> files) => _ = new UserdbCompiler(files);

    /// <summary>Waits for the lock on the databases.</summary>
    /// <exception cref="LibcException">The lock file cannot be created.</exception>
    public FileLock Lock() => FileLock.Take(LockPath, AllMayRead);

    /// <summary>Like <see cref="Lock"/>, but <c>null</c> while another process holds the lock.</summary>
    /// <exception cref="LibcException">The lock file cannot be created.</exception>
    public FileLock? TryLock() => FileLock.TryTake(LockPath, AllMayRead);

    /// <summary>
    /// Replaces both databases under the lock, preceded by the text itself if it has changed. All files are complete and on disk
    /// before the first is replaced, so that a full disk changes nothing. The passwords go first: no reader sees a new account
    /// before its password.
    /// </summary>
    /// <param name="files">The texts.</param>
    /// <param name="text">The new version of one of the texts, <c>null</c> when none has changed.</param>
    /// <param name="progress">Now and then receives the number of lines read so far and in all.</param>
    /// <exception cref="UserdbException">A name occurs twice.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Replace(IReadOnlyList<UserdbFile> files, ReplacementFile? text = null, Action<long, long>? progress = null)
    {
        UserdbCompiler compiler = new(files, progress);
        using ReplacementFile database = ReplacementFile.Write(
            Database, path + ".tmp", AllMayRead, owner: null, compiler.WriteDatabase);
        using ReplacementFile shadow = ReplacementFile.Write(
            Shadow, path + "shadow.tmp", OwnerOnly, owner: null, compiler.WriteShadow);
        text?.Commit();
        shadow.Commit();
        database.Commit();
        ReplacementFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
