using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Users;

namespace Authd.Tools;

/// <summary>Explains to the administrator why a file cannot be used: its owner, and the user of this process. Text is wire text;
/// paths are .NET text.</summary>
public static class AccessReport
{
    /// <summary>This process's user, e.g. <c>you are john (uid 1000)</c>.</summary>
    public static string Me => $"you are {Named(static () => SystemUsers.Find(ProcessIdentity.Uid)?.Name)}(uid {ProcessIdentity.Uid})";

    /// <summary>Owner, group and mode, e.g. <c>/run/x belongs to courier:courier, mode 0750</c>.</summary>
    public static string Of(string path) => FileOwner.Of(path) is { } owner
        ? $"{WireText.FromUnicode(path)} belongs to {User(owner.Uid)}:{Group(owner.Gid)}, mode {Mode(owner.Mode)}"
        : $"{WireText.FromUnicode(path)} is not there, or not to be seen";

    /// <summary>The file, or if it cannot be seen, the nearest directory above that can.</summary>
    public static string Nearest(string path)
    {
        while (FileOwner.Of(path) is null && Path.GetDirectoryName(path) is { Length: > 0 } above)
        {
            path = above;
        }

        return path;
    }

    /// <summary>The explanation for a file that this process may not use: its owner, our user, and the cure.</summary>
    public static string Denied(string path)
    {
        string nearest = Nearest(path);
        string cure = "run this as root";
        if (FileOwner.Of(nearest) is { } owner)
        {
            // The right to search a directory, or to read a file.
            UnixFileMode needed = Directory.Exists(nearest) ? UnixFileMode.GroupExecute : UnixFileMode.GroupRead;
            cure += owner.Uid == 0 ? "" : $" or {User(owner.Uid)}";
            cure += (owner.Mode & needed) == 0 ? "" : $", or as a member of the group {Group(owner.Gid)}";
        }

        return $"{Me}, and {Of(nearest)}; {cure}";
    }

    private static string User(uint uid) => Find(() => SystemUsers.Find(uid)?.Name) ?? $"{uid}";

    private static string Group(uint gid) => Find(() => SystemGroups.FindName(gid)) ?? $"{gid}";

    private static string Mode(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');

    private static string Named(Func<string?> find) => Find(find) is { } name ? name + " " : "";

    private static string? Find(Func<string?> find)
    {
        try
        {
            return find();
        }
        catch (LibcException)
        {
            return null; // The number must suffice.
        }
    }
}
