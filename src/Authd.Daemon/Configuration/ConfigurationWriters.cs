// Users beside root who can change the files that root reads: the mail system's user, an owner, or everybody.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Users;

namespace Authd.Daemon.Configuration;

/// <summary>
/// Looks at authdaemonrc, authdaemond.ini, the listed modules' rc files, and the directories that lead there. The supervisor, which
/// is root, does what they say, so that anybody who can write to one of them can become root.
/// </summary>
internal static class ConfigurationWriters
{
    private const UnixFileMode Shared = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The findings; none where the daemon is not root.</summary>
    /// <param name="configuration">The files, read.</param>
    /// <exception cref="IOException">The system does not say who its users are.</exception>
    internal static IEnumerable<Finding> FindingsOf(LoadedConfiguration configuration)
    {
        if (!ProcessIdentity.IsRoot)
        {
            return [];
        }

        ConfigLocation location = configuration.Location;
        string[] files =
        [
            location.AuthdaemonrcPath,
            location.IniPath,
            .. configuration.RcFiles.Keys.Select(name => ModuleServices.RcPath(location.Directory, name, File.Exists)),
        ];
        List<string> paths = [];
        foreach (string file in files.Where(File.Exists))
        {
            AddSteps(file, paths);
        }

        WorkerUser? mailUser = configuration.Privileges.MailUser;
        HashSet<string> open = mailUser is null ? [] : [.. OpenTo(mailUser, paths)];
        return paths.SelectMany(path => FindingsOf(
            path, isFile: !Directory.Exists(path), path == location.Directory, mailUser, open.Contains(path)));
    }

    /// <summary>Adds the path and every directory that leads to it, by way of symbolic links, too.</summary>
    private static void AddSteps(string path, List<string> steps)
    {
        if (steps.Contains(path))
        {
            return;
        }

        string? directory = Path.GetDirectoryName(path);
        if (directory is not null)
        {
            AddSteps(directory, steps);
        }

        steps.Add(path);
        if (directory is not null && new FileInfo(path).LinkTarget is { } target)
        {
            AddSteps(Path.GetFullPath(target, directory), steps);
        }
    }

    private static IEnumerable<string> OpenTo(WorkerUser user, List<string> paths)
    {
        IReadOnlyList<string> closed = AccessProbe.Closed(
            user.Uid, user.Gid, user.Groups, [.. paths.Select(static path => (path, true))]);
        return paths.Except(closed);
    }

    private static IEnumerable<Finding> FindingsOf(
        string path, bool isFile, bool mayLackFiles, WorkerUser? mailUser, bool isOpenToMailUser)
    {
        // A link is only as safe as its directory and its target, which are on the list themselves.
        if (new FileInfo(path).LinkTarget is not null || FileOwner.Of(path) is not { } owner)
        {
            yield break;
        }

        string can = isFile ? "can write to it" : "can put other files there";
        if (owner.Uid != 0)
        {
            yield return Warning(path, $"its owner {NameOf(owner.Uid)} {can}", $"chown root {path}");
        }

        // In a directory with the sticky bit nobody can exchange what belongs to others.
        if (!isFile && !mayLackFiles && owner.Mode.HasFlag(UnixFileMode.StickyBit))
        {
            yield break;
        }

        if (owner.Mode.HasFlag(UnixFileMode.OtherWrite))
        {
            yield return Warning(path, $"everybody {can}", $"chmod o-w {path}");
        }
        else if (isOpenToMailUser && mailUser!.Uid != owner.Uid)
        {
            string cure = (owner.Mode & Shared) != 0 && mailUser.Groups.Contains(owner.Gid)
                ? $"chmod g-w {path}" : $"see getfacl {path}";
            yield return Warning(path, $"the mail system's user {mailUser.Name} {can}", cure);
        }
    }

    private static Finding Warning(string path, string who, string cure) =>
        new(false, $"{path}: {who}, and could become root that way, because the daemon does as root what its configuration says; {cure}");

    private static string NameOf(uint uid) => SystemUsers.Find(uid) is { } user ? WireText.ToUnicode(user.Name) : $"uid {uid}";
}
