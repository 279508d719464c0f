using System.Globalization;
using System.Text;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Users;

namespace Authd.Daemon.Configuration;

/// <summary>A listening socket beside the daemon's own (sections [sasl] and [maps] of authdaemond.ini): its path, and the users
/// that may connect.</summary>
/// <param name="Section">The section, which is also the socket's name in the settings of workers.</param>
/// <param name="Path"><c>listen</c>: the socket.</param>
/// <param name="Owner"><c>owner</c>, <c>group</c> and <c>mode</c>.</param>
/// <param name="OwnerName">The owner's name in the file, for messages.</param>
public sealed record ServiceSocketSettings(string Section, string Path, FileOwner Owner, string OwnerName)
{
    /// <summary>The section for logins of mail servers.</summary>
    public const string Sasl = "sasl";

    /// <summary>The section for Postfix's lookup tables.</summary>
    public const string Maps = "maps";

    private const string Listen = "listen";
    private const string UsualUser = "postfix";
    private const string UsualMode = "660";

    // sockaddr_un has 108 bytes including a NUL, and the socket is first bound under a longer name.
    private const int LongestPath = FileTrouble.LongestSocketPath - 4;

    /// <summary>The sections that may have a socket.</summary>
    public static IReadOnlyList<string> Sections { get; } = [Sasl, Maps];

    /// <summary>The sockets that authdaemond.ini asks for, in the order of <see cref="Sections"/>.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key.</exception>
    public static IReadOnlyList<ServiceSocketSettings> Read(DaemonIni ini)
    {
        List<ServiceSocketSettings> all = [.. Sections.Select(section => Read(ini, section)).OfType<ServiceSocketSettings>()];
        return all.DistinctBy(static one => one.Path).Count() == all.Count
            ? all : throw ini.Bad(Maps, Listen, $"another path than that of [{Sasl}]");
    }

    /// <summary>The obstacles, certain or possible, between the mail server and the socket, with their cure.</summary>
    public IEnumerable<string> Doubts()
    {
        string where = $"[{Section}] {Listen} = {Path}";
        string directory = System.IO.Path.GetDirectoryName(Path)!;
        if (!Directory.Exists(directory))
        {
            yield return $"{where}: there is no directory {directory}, so that no mail server can connect; make it "
                + "(Postfix makes its own when it starts for the first time), or name another path";
            yield break;
        }

        if (OwnerName.Length == 0)
        {
            yield return $"{where}: this machine has no user and group {UsualUser}, so that the socket is root's alone; "
                + $"set owner and group in [{Section}] to those of the mail server (Exim on Debian: Debian-exim)";
        }

        for (string? parent = directory; parent is not null; parent = System.IO.Path.GetDirectoryName(parent))
        {
            if (FileOwner.Of(parent) is { } found && !MayPass(found))
            {
                yield return $"{where}: {parent} lets neither the socket's owner {OwnerName} nor its group pass, so that the mail "
                    + "server cannot connect; change its mode, or name a path that the mail server reaches";
            }
        }
    }

    /// <summary>Owner or group of the socket may enter a directory.</summary>
    private bool MayPass(FileOwner directory) =>
        Owner.Uid == 0
        || directory.Mode.HasFlag(
            directory.Uid == Owner.Uid ? UnixFileMode.UserExecute
            : directory.Gid == Owner.Gid ? UnixFileMode.GroupExecute : UnixFileMode.OtherExecute)
        || (Owner.Mode.HasFlag(UnixFileMode.GroupWrite) && directory.Mode.HasFlag(
            directory.Gid == Owner.Gid ? UnixFileMode.GroupExecute : UnixFileMode.OtherExecute));

    private static ServiceSocketSettings? Read(DaemonIni ini, string section)
    {
        // All keys are read even without a socket, because a key that is never read counts as unknown.
        string? path = ini.AbsolutePath(section, Listen);
        (string? owner, string? group, string mode) =
            (ini.Word(section, "owner"), ini.Word(section, "group"), ini.Word(section, "mode") ?? UsualMode);
        if (path is null)
        {
            return null;
        }

        if (Encoding.UTF8.GetByteCount(path) > LongestPath || path.EndsWith('/'))
        {
            throw ini.Bad(section, Listen, $"the path of a socket, of at most {LongestPath} bytes");
        }

        (uint Uid, uint Gid)? user = User(ini, section, owner);
        uint gid = Group(ini, section, group) ?? user?.Gid ?? 0;
        return new ServiceSocketSettings(
            section, path, new FileOwner(user?.Uid ?? 0, gid, Mode(ini, section, mode)), user is null ? "" : owner ?? UsualUser);
    }

    private static UnixFileMode Mode(DaemonIni ini, string section, string text)
    {
        string digits = text.TrimStart('0');
        return digits.Length <= 3 && digits.All(static c => c is >= '0' and <= '7')
            ? (UnixFileMode)Convert.ToInt32("0" + digits, 8)
            : throw ini.Bad(section, "mode", "an octal number from 0000 to 0777, like 0660");
    }

    /// <summary>The owner and its primary group; <c>null</c>: none is named, and the default user does not exist.</summary>
    private static (uint Uid, uint Gid)? User(DaemonIni ini, string section, string? name)
    {
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            return (number, 0);
        }

        SystemUser? user = Find(ini, section, "owner", () => SystemUsers.Find(WireText.FromUnicode(name ?? UsualUser)));
        return user is not null ? (user.Uid, user.Gid)
            : name is null ? null : throw ini.Bad(section, "owner", "a user of this machine, by name or number");
    }

    private static uint? Group(DaemonIni ini, string section, string? name)
    {
        if (name is null)
        {
            return null;
        }

        return uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? number
            : Find(ini, section, "group", () => SystemGroups.FindId(WireText.FromUnicode(name)) is { } id ? (object)id : null)
                is uint found ? found : throw ini.Bad(section, "group", "a group of this machine, by name or number");
    }

    private static T? Find<T>(DaemonIni ini, string section, string key, Func<T?> find)
        where T : class
    {
        try
        {
            return find();
        }
        catch (LibcException e)
        {
            throw ini.Bad(section, key, $"a name that the system can look up now ({e.Message})");
        }
    }
}
