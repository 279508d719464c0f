// Looks system groups up through NSS.
namespace Authd.Interop;

/// <summary>The system's groups. Calls may block.</summary>
public static unsafe class SystemGroups
{
    /// <summary>The id of the group called <paramref name="name"/> (wire text), or <c>null</c> when there is none.</summary>
    /// <exception cref="LibcException">The name service cannot tell.</exception>
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
}
