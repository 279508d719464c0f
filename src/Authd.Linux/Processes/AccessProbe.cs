using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>Finds out what another user may do with files, by becoming that
/// user for a moment. The kernel judges modes, groups and ACLs.</summary>
public static unsafe class AccessProbe
{
    /// <summary>The files that the user cannot use as asked; missing files are left out.</summary>
    /// <param name="uid">The user.</param>
    /// <param name="gid">The user's group.</param>
    /// <param name="groups">All groups of the user.</param>
    /// <param name="files">Paths, and whether they are to be written.</param>
    /// <exception cref="LibcException">This process may not change its user.</exception>
    public static IReadOnlyList<string> Closed(
        uint uid, uint gid, IReadOnlyList<uint> groups, IReadOnlyCollection<(string Path, bool Write)> files)
    {
        (string Path, bool Write)[] there = [.. files.Where(static file => RootFiles.Exists(file.Path))];
        List<string> closed = [];
        if (there.Length > 0)
        {
            OtherUser.Do(
                uid, gid, groups, () => closed.AddRange(there.Where(static file => !IsOpen(file.Path, file.Write)).Select(static file => file.Path)));
        }

        return closed;
    }

    private static bool IsOpen(string path, bool write)
    {
        fixed (byte* name = FileStamp.Name(path))
        {
            return LibC.access(name, write ? LibC.R_OK | LibC.W_OK : LibC.R_OK) == 0;
        }
    }
}
