// Looks system users up through NSS: files, LDAP, SSSD or whatever nsswitch.conf says.
using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Interop;

/// <summary>
/// The system's users. All calls may block (a name service can be a server elsewhere) and may be made from several
/// threads at once.
/// </summary>
public static unsafe class SystemUsers
{
    /// <summary>The user called <paramref name="name"/> (wire text), or <c>null</c> when there is none.</summary>
    /// <exception cref="LibcException">The name service cannot tell: it is away, or its file cannot be read.</exception>
    public static SystemUser? Find(string name) =>
        Find<Libc.Passwd, SystemUser>("getpwnam", name, &Libc.getpwnam_r, &Read);

    /// <summary>The shadow entry of <paramref name="name"/> (wire text), or <c>null</c> when there is none.</summary>
    /// <exception cref="LibcException">The name service cannot tell, or we may not read the entry.</exception>
    public static ShadowEntry? FindShadow(string name) =>
        Find<Libc.Spwd, ShadowEntry>("getspnam", name, &Libc.getspnam_r, &Read);

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
            // C would look for what precedes it.
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

        // Not found is no error; whatever number comes instead is one, though the manual lists some that may mean the
        // same: a name service whose socket is gone gives ENOENT as well.
        ThrowIfFailed(what, error);
        return found == null ? null : read(found);
    }

    private static ShadowEntry Read(Libc.Spwd* entry) =>
        new(Text(entry->Password), entry->LastChange.Value, entry->Maximum.Value, entry->Expiry.Value);

    /// <summary>A field; empty where a name service has none.</summary>
    private static string Text(byte* text) =>
        WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
