using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Linux.Native;

namespace Authd.Linux.Users;

/// <summary>The system's groups, through NSS. Calls may block.</summary>
public static unsafe class SystemGroups
{
    /// <summary>The id of the group called <paramref name="name"/> (wire text), or <c>null</c> when it does not exist.</summary>
    /// <exception cref="LibcException">The name service fails.</exception>
    public static uint? FindId(string name)
    {
        using NssBuffer buffer = new();
        Libc.Group entry;
        Libc.Group* found = null;
        int error;
        fixed (byte* key = CStrings.One(name))
        {
            do
            {
                error = Libc.getgrnam_r(key, &entry, buffer.Text, buffer.Size, &found);
            }
            while (buffer.Grows(error));
        }

        SystemUsers.ThrowIfFailed("getgrnam", error);
        return found == null ? null : found->Gid;
    }

    /// <summary>The name (wire text) of the group with this id, or <c>null</c> when it does not exist.</summary>
    /// <exception cref="LibcException">The name service fails.</exception>
    public static string? FindName(uint gid)
    {
        using NssBuffer buffer = new();
        Libc.Group entry;
        Libc.Group* found = null;
        int error;
        do
        {
            error = Libc.getgrgid_r(gid, &entry, buffer.Text, buffer.Size, &found);
        }
        while (buffer.Grows(error));

        SystemUsers.ThrowIfFailed("getgrgid", error);
        return found == null ? null : WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(found->Name));
    }
}
