// Changes fields of one account in userdb's text and remakes the databases. Readers see both changes as one step.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Files;

namespace Authd.Modules.Userdb;

/// <summary>The second half of a password change: all workers make it under the locks of makeuserdb and userdb.</summary>
/// <param name="textPath">The text file, or the directory of text files.</param>
/// <param name="blocking">Runs what blocks.</param>
/// <param name="log">The log.</param>
public sealed class UserdbTextChange(string textPath, BlockingWork blocking, Log log)
{
    /// <summary>The pause between attempts to take a lock.</summary>
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    private readonly UserdbDatabaseFiles _files = new(textPath);
    private readonly Log _log = log;

    /// <summary>Makes all of the changes, or none.</summary>
    /// <param name="user">The account.</param>
    /// <param name="changes">The fields.</param>
    /// <param name="cancel">Ends the wait for the locks; a change that has begun is finished.</param>
    public async ValueTask<AuthOutcome> RunAsync(
        string user, IReadOnlyList<UserdbChange> changes, CancellationToken cancel)
    {
        try
        {
            using FileLock databases = await TakeAsync(_files.TryLock, cancel);
            if (await blocking.RunAsync(() => FileOf(user), cancel) is not { } path)
            {
                return Outdated(textPath, user);
            }

            using UserdbTextFile file = await TakeAsync(() => UserdbTextFile.TryOpen(path), cancel);
            return await blocking.RunAsync(() => Change(file, user, changes), cancel);
        }
        catch (IOException e)
        {
            _log.Err($"authuserdb: cannot change the password of {user}: {WireText.FromUnicode(e.Message)}");
            return AuthOutcome.TempFail("cannot write userdb");
        }
    }

    /// <summary>Waits without blocking a thread: the lock may be held by an administrator who is editing the file.</summary>
    private async Task<T> TakeAsync<T>(Func<T?> take, CancellationToken cancel)
        where T : class
    {
        while (true)
        {
            if (await blocking.RunAsync(take, cancel) is { } taken)
            {
                return taken;
            }

            await Task.Delay(LockPause, cancel);
        }
    }

    /// <summary>
    /// The text file that holds the account. The database names it as well (field <c>_</c>), but courier-authlib's makeuserdb -f
    /// writes a wrong value there.
    /// </summary>
    private string? FileOf(string user)
    {
        _files.Check();
        return ReadTexts().Find(file => UserdbText.Find(file.Text, user) is not null)?.Path;
    }

    private AuthOutcome Change(UserdbTextFile file, string user, IReadOnlyList<UserdbChange> changes)
    {
        UserdbSource.RefuseLinks("userdb", file.Path);
        List<UserdbFile> files = ReadTexts();
        int index = files.FindIndex(candidate => candidate.Path == file.Path);
        if (index < 0 || UserdbText.Find(files[index].Text, user) is not { } record)
        {
            return Outdated(file.Path, user);
        }

        UserdbFields fields = new(record);
        foreach (UserdbChange change in changes)
        {
            if (fields.Get(change.Field) != change.Old)
            {
                return Outdated(file.Path, user);
            }

            fields.Set(change.Field, change.New);
        }

        byte[] text = UserdbText.Put(files[index].Text, user, fields.ToString());
        files[index] = files[index] with { Text = text };
        using ReplacementFile replacement = file.Write(text);
        _files.Replace(files, replacement);
        return AuthOutcome.Changed;
    }

    /// <summary>Skipped files are not reported here; makeuserdb reports them to the administrator.</summary>
    private List<UserdbFile> ReadTexts() => UserdbSource.Read(textPath, static _ => { });

    private AuthOutcome Outdated(string path, string user)
    {
        _log.Warn($"authuserdb: cannot change the password of {user}: {WireText.FromUnicode(path)} does not have what "
            + "userdb.dat had; it was changed meanwhile, or makeuserdb has to be run");
        return AuthOutcome.Reject(Reasons.WrongPassword);
    }
}
