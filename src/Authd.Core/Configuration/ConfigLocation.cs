namespace Authd.Core.Configuration;

/// <summary>A configuration directory and its state directory.</summary>
/// <param name="Directory">The directory of authdaemonrc, the modules' rc files and userdb.</param>
/// <param name="DefaultStateDirectory">The directory of socket, pid
/// and pid.lock if authdaemonrc does not set authdaemonvar.</param>
public sealed record ConfigLocation(string Directory, string DefaultStateDirectory)
{
    /// <summary>The variable with the configuration directory, like <c>--config-dir</c>.</summary>
    public const string EnvironmentVariable = "AUTHDAEMON_CONFIG_DIR";

    // Debian's directories, then those of courier-authlib's own RPM.
    private static readonly ConfigLocation[] Known =
    [
        new("/etc/courier", "/run/courier/authdaemon"),
        new("/etc/authlib", "/var/spool/authdaemon"),
    ];

    /// <summary>The daemon's own main file.</summary>
    public string AuthdaemonrcPath => Path.Combine(Directory, "authdaemonrc");

    /// <summary>This daemon's optional file for settings that courier-authlib does not have.</summary>
    public string IniPath => Path.Combine(Directory, "authdaemond.ini");

    /// <summary>
    /// The requested directory, else the one that the package was built for, else the first known one with an authdaemonrc (or
    /// the first known one, so that the error names it).
    /// </summary>
    /// <param name="asked"><c>--config-dir</c> or the environment variable; <c>null</c> without either.</param>
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

    /// <summary>A directory set by <c>make SYSCONFDIR=... LOCALSTATEDIR=...</c> at build time.</summary>
    private static string? Built(string name) => AppContext.GetData(name) is string { Length: > 0 } value ? value : null;
}
