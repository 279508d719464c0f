using Authd.Linux.Native;

namespace Authd.Linux.Users;

/// <summary>
/// The list of all system users through NSS. Its position belongs to the whole process, so only one list is open at a time: a
/// second one waits until the first is disposed of.
/// </summary>
public sealed class SystemUserList : IDisposable
{
    private static readonly SemaphoreSlim OneAtATime = new(1);

    private readonly NssBuffer _buffer = new();

    private SystemUserList()
    {
    }

    /// <summary>Opens a list that begins with the first user. Waits for its turn.</summary>
    public static async Task<SystemUserList> OpenAsync(CancellationToken cancel)
    {
        await OneAtATime.WaitAsync(cancel);
        return new SystemUserList();
    }

    /// <summary>The next users, at most <paramref name="most"/>; empty at the end. May block.</summary>
    /// <exception cref="LibcException">The name service fails.</exception>
    public IReadOnlyList<SystemUser> Next(int most)
    {
        List<SystemUser> users = [];
        while (users.Count < most && NextUser() is { } user)
        {
            users.Add(user);
        }

        return users;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Libc.endpwent();
        _buffer.Dispose();
        OneAtATime.Release();
    }

    private unsafe SystemUser? NextUser()
    {
        Libc.Passwd entry;
        Libc.Passwd* found = null;
        int error;
        do
        {
            error = Libc.getpwent_r(&entry, _buffer.Text, _buffer.Size, &found);
        }
        while (_buffer.Grows(error));

        if (error == Libc.ENOENT)
        {
            return null;
        }

        SystemUsers.ThrowIfFailed("getpwent", error);
        return SystemUsers.Read(found);
    }
}
