using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Linux.Native;

namespace Authd.Linux.Users;

/// <summary>
/// The system's users, through NSS. All calls may block, because a name service can be a remote server; they may be made from
/// several threads at once.
/// </summary>
public static unsafe class SystemUsers
{
    /// <summary>Looks up shadow entries for a process that may not; <c>null</c>: the process does so itself.</summary>
    public static Func<string, ShadowEntry?>? ShadowBroker { get; set; }

    /// <summary>The user called <paramref name="name"/> (wire text), or <c>null</c> when it does not exist.</summary>
    /// <exception cref="LibcException">The name service fails: it is away, or its file cannot be read.</exception>
    public static SystemUser? Find(string name) =>
        Find<Libc.Passwd, SystemUser>("getpwnam", name, &Libc.getpwnam_r, &Read);

    /// <summary>The shadow entry of <paramref name="name"/> (wire text), or <c>null</c> when it does not exist.</summary>
    /// <exception cref="LibcException">The name service fails, or this process may not read the entry.</exception>
    /// <remarks>In a process that is not root, the broker looks it up.</remarks>
    public static ShadowEntry? FindShadow(string name) => ShadowBroker is { } ask
        ? ask(name) : Find<Libc.Spwd, ShadowEntry>("getspnam", name, &Libc.getspnam_r, &Read);

    /// <summary>The user with this uid, or <c>null</c> when it does not exist.</summary>
    /// <exception cref="LibcException">The name service fails.</exception>
    public static SystemUser? Find(uint uid)
    {
        using NssBuffer buffer = new();
        Libc.Passwd entry;
        Libc.Passwd* found = null;
        int error;
        do
        {
            error = Libc.getpwuid_r(uid, &entry, buffer.Text, buffer.Size, &found);
        }
        while (buffer.Grows(error));

        ThrowIfFailed("getpwuid", error);
        return found == null ? null : Read(found);
    }

    /// <summary>All groups of a user, its own first.</summary>
    public static uint[] GroupsOf(SystemUser user)
    {
        int count = 64;
        while (true)
        {
            uint[] groups = new uint[count];
            int most = count;
            fixed (byte* name = CStrings.One(user.Name))
            fixed (uint* place = groups)
            {
                if (Libc.getgrouplist(name, user.Gid, place, &count) >= 0)
                {
                    return groups[..count];
                }
            }

            count = Math.Max(count, most * 2);
        }
    }

    internal static SystemUser Read(Libc.Passwd* entry) => new(
        Text(entry->Name), Text(entry->Password), entry->Uid, entry->Gid, Text(entry->Gecos), Text(entry->Directory),
        Text(entry->Shell));

    internal static void ThrowIfFailed(string what, int error)
    {
        if (error != 0)
        {
            throw new LibcException(what, error);
        }
    }

    private static TResult? Find<TEntry, TResult>(
        string what,
        string name,
        delegate*<byte*, TEntry*, byte*, nuint, TEntry**, int> call,
        delegate*<TEntry*, TResult> read)
        where TEntry : unmanaged
        where TResult : class
    {
        if (name.Contains('\0'))
        {
            // C would cut the name at the NUL.
            return null;
        }

        using NssBuffer buffer = new();
        TEntry entry;
        TEntry* found = null;
        int error;
        fixed (byte* key = CStrings.One(name))
        {
            do
            {
                error = call(key, &entry, buffer.Text, buffer.Size, &found);
            }
            while (buffer.Grows(error));
        }

        // "Not found" is 0. Any other number is an error, although the manual lists some that may mean "not found": a name
        // service whose socket is gone returns ENOENT as well.
        ThrowIfFailed(what, error);
        return found == null ? null : read(found);
    }

    private static ShadowEntry Read(Libc.Spwd* entry) =>
        new(Text(entry->Password), entry->LastChange.Value, entry->Maximum.Value, entry->Expiry.Value);

    /// <summary>A field; empty where the name service has none.</summary>
    private static string Text(byte* text) =>
        WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
