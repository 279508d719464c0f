// Decides which user the workers run as: the mail system's user, unless a module needs root.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Users;
using Authd.Modules;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Configuration;

/// <summary>The user that workers become.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Group id.</param>
/// <param name="Groups">All groups.</param>
public sealed record WorkerUser(string Name, uint Uid, uint Gid, IReadOnlyList<uint> Groups);

/// <summary>The user of the workers of one configuration, and the broker's work for them.</summary>
public sealed class WorkerPrivileges
{
    private const string Section = "workers";
    private const string Key = "user";

    /// <summary>The group nogroup.</summary>
    private const uint Nobody = 65534;

    private WorkerPrivileges(WorkerUser? user, string? remark, WorkerNeeds needs, WorkerUser? mailUser = null)
    {
        User = user;
        MailUser = user ?? mailUser;
        Remark = remark;
        Needs = needs;
    }

    /// <summary>The user that the workers become; <c>null</c>: they keep the supervisor's.</summary>
    public WorkerUser? User { get; }

    /// <summary>The mail system's user, whom the workers would become if they could; <c>null</c>: nobody but root, or not known.</summary>
    public WorkerUser? MailUser { get; }

    /// <summary>A line for the administrator about a module that keeps the workers root, with the cure; or <c>null</c>.</summary>
    public string? Remark { get; }

    /// <summary>The needs of the modules.</summary>
    public WorkerNeeds Needs { get; }

    /// <summary>Reads <c>[workers] user</c>; <c>null</c> when it is not set.</summary>
    /// <exception cref="ConfigurationException">The user does not exist.</exception>
    public static SystemUser? ReadUser(DaemonIni ini) => ini.Text(Section, Key) is not { Length: > 0 } name ? null
        : SystemUsers.Find(WireText.FromUnicode(name)) ?? throw ini.Bad(Section, Key, "the name of a user of this system");

    /// <summary>Decides.</summary>
    /// <param name="configuration">The files, read.</param>
    /// <param name="environment">The workers' environment; wire text.</param>
    /// <exception cref="IOException">The system's users cannot be looked up.</exception>
    internal static WorkerPrivileges Decide(LoadedConfiguration configuration, Func<string, string?> environment)
    {
        DaemonIni ini = DaemonIni.Parse(configuration.Location.IniPath, configuration.IniText);
        WorkerNeeds needs = ModuleRegistry.NeedsOf(
            configuration.Settings.ModuleNames, configuration.Location.Directory, configuration.StateDirectory, ini, environment);
        SystemUser? asked = ReadUser(ini);
        if (!ProcessIdentity.IsRoot || asked is { Uid: 0 })
        {
            return new WorkerPrivileges(null, null, needs);
        }

        FileOwner? owner = FileOwner.Of(configuration.StateDirectory);
        if (asked is null && owner is null or { Uid: 0 })
        {
            return new WorkerPrivileges(
                null,
                $"the workers run as root, because {WireText.FromUnicode(configuration.StateDirectory)} is root's, and not the mail system's "
                + $"user's; give it to that user, or set [workers] user = NAME in {WireText.FromUnicode(configuration.Location.IniPath)}",
                needs);
        }

        WorkerUser user = asked is null ? OwnerAsUser(owner!.Value) : UserOf(asked);
        List<string> obstacles = Obstacles(user, needs);
        if (obstacles.Count == 0)
        {
            return new WorkerPrivileges(user, null, needs);
        }

        string why = string.Join("; ", obstacles);
        return asked is null
            ? new WorkerPrivileges(
                null,
                $"the workers run as root, because of {why}; where {user.Name} can do without that, set [workers] user = {user.Name} in "
                + WireText.FromUnicode(configuration.Location.IniPath),
                needs,
                user)
            : new WorkerPrivileges(user, $"with [workers] user = {user.Name} this may fail: {why}", needs);
    }

    private static WorkerUser UserOf(SystemUser user) => new(user.Name, user.Uid, user.Gid, SystemUsers.GroupsOf(user));

    /// <summary>The owner of the state directory, with its name if the system knows it.</summary>
    private static WorkerUser OwnerAsUser(FileOwner owner)
    {
        try
        {
            if (SystemUsers.Find(owner.Uid) is { } known)
            {
                return UserOf(known);
            }
        }
        catch (IOException)
        {
            // A name service that is away is no reason to stay root.
        }

        uint gid = owner.Gid == 0 ? Nobody : owner.Gid;
        return new WorkerUser($"uid {owner.Uid}", owner.Uid, gid, [gid]);
    }

    /// <summary>The reasons why workers cannot be <paramref name="user"/>, each as <c>MODULE: why</c>; wire text.</summary>
    private static List<string> Obstacles(WorkerUser user, WorkerNeeds needs)
    {
        List<string> obstacles = [.. needs.Reasons.Select(static reason => $"{reason.Module}: {reason.Why}")];
        IReadOnlyList<string> closed = AccessProbe.Closed(
            user.Uid, user.Gid, user.Groups, [.. needs.Files.Select(static file => (file.Path, file.Write)).Distinct()]);
        obstacles.AddRange(needs.Files
            .Where(file => closed.Contains(file.Path))
            .Select(file => $"{file.Module}: {user.Name} cannot {(file.Write ? "write to" : "read")} {WireText.FromUnicode(file.Path)}")
            .Distinct());

        // The broker is stricter than the C daemon; workers that stay root open files which it refuses.
        obstacles.AddRange(AccessProbe
            .Closed(user.Uid, user.Gid, user.Groups, [.. needs.Brokered.Select(static path => (path, false))])
            .Select(WhyNotOpened).OfType<string>());
        return obstacles;
    }

    private static string? WhyNotOpened(string path)
    {
        try
        {
            using SafeFileHandle? file = TrustedFiles.OpenRead(path);
            return null;
        }
        catch (IOException e)
        {
            return WireText.FromUnicode(e.Message);
        }
    }
}
