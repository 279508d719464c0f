// Changes fields of one account in userdb's text and makes the databases anew, as one step for everybody who watches.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Modules.Userdb;

/// <summary>The second half of a password change: under the locks of makeuserdb and userdb, in all workers.</summary>
internal sealed class UserdbTextChange(ModuleServices services, UserdbStore store)
{
    /// <summary>How often a lock that is held is asked for again.</summary>
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    private readonly Log _log = services.Log;

    /// <summary>Makes the changes, all or none.</summary>
    /// <param name="user">The account.</param>
    /// <param name="changes">The fields.</param>
    /// <param name="cancel">Ends the wait for the locks; what has been begun is finished.</param>
    public async ValueTask<AuthOutcome> RunAsync(
        string user, IReadOnlyList<UserdbChange> changes, CancellationToken cancel)
    {
        try
        {
            using FileLock databases = await TakeAsync(store.Files.TryLock, cancel);
            if (await services.Blocking.RunAsync(() => FileOf(user), cancel) is not { } path)
            {
                return Outdated(store.TextPath, user);
            }

            using UserdbTextFile file = await TakeAsync(() => UserdbTextFile.TryOpen(path), cancel);
            return await services.Blocking.RunAsync(() => Change(file, user, changes), cancel);
        }
        catch (IOException e)
        {
            _log.Err($"authuserdb: cannot change the password of {user}: {WireText.FromUnicode(e.Message)}");
            return AuthOutcome.TempFail("cannot write userdb");
        }
    }

    /// <summary>Waits without holding a thread: the holder may be an administrator who thinks.</summary>
    private async Task<T> TakeAsync<T>(Func<T?> take, CancellationToken cancel)
        where T : class
    {
        while (true)
        {
            if (await services.Blocking.RunAsync(take, cancel) is { } taken)
            {
                return taken;
            }

            await Task.Delay(LockPause, cancel);
        }
    }

    /// <summary>
    /// The text file that the account is in. The database says so too (field <c>_</c>), but what courier-authlib's
    /// makeuserdb -f writes there is wrong.
    /// </summary>
    private string? FileOf(string user)
    {
        store.Files.Check();
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
        store.Files.Replace(files, replacement);
        return AuthOutcome.Changed;
    }

    /// <summary>Which files are left out, makeuserdb tells the administrator.</summary>
    private List<UserdbFile> ReadTexts() => UserdbSource.Read(store.TextPath, static _ => { });

    private AuthOutcome Outdated(string path, string user)
    {
        _log.Warn($"authuserdb: cannot change the password of {user}: {WireText.FromUnicode(path)} does not have what "
            + "userdb.dat had; it was changed meanwhile, or makeuserdb has to be run");
        return AuthOutcome.Reject(Reasons.WrongPassword);
    }
}
