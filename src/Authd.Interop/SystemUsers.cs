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
    public static SystemUser? Find(string name)
    {
        if (name.Contains('\0'))
        {
            // C would look for what precedes it.
            return null;
        }

        using NssBuffer buffer = new();
        Libc.Passwd entry;
        Libc.Passwd* found = null;
        int error;
        fixed (byte* key = CStrings.One(name))
        {
            do
            {
                error = Libc.getpwnam_r(key, &entry, buffer.Text, buffer.Size, &found);
            }
            while (buffer.Grows(error));
        }

        // Not found is no error; whatever number comes instead is one, though the manual lists some that may mean the
        // same: a name service whose socket is gone gives ENOENT as well.
        ThrowIfFailed("getpwnam", error);
        return found == null ? null : Read(found);
    }

    /// <summary>The shadow entry of <paramref name="name"/> (wire text), or <c>null</c> when there is none.</summary>
    /// <exception cref="LibcException">The name service cannot tell, or we may not read the entry.</exception>
    public static ShadowEntry? FindShadow(string name)
    {
        if (name.Contains('\0'))
        {
            return null;
        }

        using NssBuffer buffer = new();
        Libc.Spwd entry;
        Libc.Spwd* found = null;
        int error;
        fixed (byte* key = CStrings.One(name))
        {
            do
            {
                error = Libc.getspnam_r(key, &entry, buffer.Text, buffer.Size, &found);
            }
            while (buffer.Grows(error));
        }

        ThrowIfFailed("getspnam", error);
        return found == null
            ? null
            : new ShadowEntry(
                Text(found->Password), found->LastChange.Value, found->Maximum.Value, found->Expiry.Value);
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

    /// <summary>A field; a name service may leave one out altogether.</summary>
    private static string Text(byte* text) =>
        WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
