// Where the configuration is, and where the daemon's socket and pid file are by default.
namespace Authd.Core.Configuration;

/// <summary>A configuration directory and the state directory that belongs to it.</summary>
/// <param name="Directory">Holds authdaemonrc, the modules' rc files and userdb.</param>
/// <param name="DefaultStateDirectory">Where socket, pid and pid.lock are when authdaemonrc does not set authdaemonvar.</param>
public sealed record ConfigLocation(string Directory, string DefaultStateDirectory)
{
    /// <summary>Names the configuration directory, like <c>--config-dir</c>.</summary>
    public const string EnvironmentVariable = "AUTHDAEMON_CONFIG_DIR";

    // Debian's directories, then those of courier-authlib's own RPM.
    private static readonly ConfigLocation[] Known =
    [
        new("/etc/courier", "/run/courier/authdaemon"),
        new("/etc/authlib", "/var/spool/authdaemon"),
    ];

    /// <summary>The daemon's own main file.</summary>
    public string AuthdaemonrcPath => Path.Combine(Directory, "authdaemonrc");

    /// <summary>This daemon's optional file for what courier-authlib has no setting for.</summary>
    public string IniPath => Path.Combine(Directory, "authdaemond.ini");

    /// <summary>
    /// The directory that was asked for, else the one that the package was built for, else the first known one that has
    /// an authdaemonrc (or the first known one, so that the error names it).
    /// </summary>
    /// <param name="asked"><c>--config-dir</c> or the environment variable; <c>null</c> when neither is there.</param>
    public static ConfigLocation Find(string? asked)
    {
        string? directory = asked ?? Built("Authd.ConfigDirectory");
        if (directory is null)
        {
            return Known.FirstOrDefault(static known => File.Exists(known.AuthdaemonrcPath)) ?? Known[0];
        }

        string full = Path.GetFullPath(directory);
        string? state = Built("Authd.StateDirectory") ?? Known.FirstOrDefault(known => known.Directory == full)?.DefaultStateDirectory;
        return new ConfigLocation(full, state ?? Path.Combine(full, "authdaemon"));
    }

    /// <summary>A directory that <c>make SYSCONFDIR=... LOCALSTATEDIR=...</c> fixed at build time.</summary>
    private static string? Built(string name) => AppContext.GetData(name) is string { Length: > 0 } value ? value : null;
}
