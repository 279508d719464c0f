// The daemon's files, read and checked as a whole: a reload happens with a good one or not at all.
using Authd.Core.Configuration;
using Authd.Core.Passwords;
using Authd.Core.Penalty;
using Authd.Interop;
using Authd.Modules;

namespace Authd.Daemon.Configuration;

/// <summary>authdaemonrc and authdaemond.ini of one moment.</summary>
public sealed class LoadedConfiguration
{
    private LoadedConfiguration(
        ConfigLocation location,
        byte[] authdaemonrcText,
        Authdaemonrc rc,
        DaemonSettings settings,
        string iniText,
        Limits limits,
        IReadOnlyList<string> warnings)
    {
        Location = location;
        AuthdaemonrcText = authdaemonrcText;
        Variables = rc.Variables;
        Settings = settings;
        IniText = iniText;
        Limits = limits;
        Warnings = warnings;
    }

    /// <summary>Where the files are.</summary>
    public ConfigLocation Location { get; }

    /// <summary>authdaemonrc, byte for byte.</summary>
    public byte[] AuthdaemonrcText { get; }

    /// <summary>All variables of authdaemonrc: the environment of everything the daemon starts.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>What the daemon itself takes from authdaemonrc.</summary>
    public DaemonSettings Settings { get; }

    /// <summary>The text of authdaemond.ini, checked; empty when there is no such file.</summary>
    public string IniText { get; }

    /// <summary>The limits of authdaemond.ini.</summary>
    public Limits Limits { get; }

    /// <summary>What the administrator should know of both files; none of it is fatal.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Where socket, pid and pid.lock are.</summary>
    public string StateDirectory => Settings.StateDirectory ?? Location.DefaultStateDirectory;

    /// <summary>The daemon's socket.</summary>
    public string SocketPath => Path.Combine(StateDirectory, "socket");

    /// <summary>Reads and checks the files.</summary>
    /// <param name="location">Where they are.</param>
    /// <param name="previousDaemons">Number of workers so far.</param>
    /// <exception cref="ConfigurationException">A file is missing, unreadable or wrong.</exception>
    public static LoadedConfiguration Load(ConfigLocation location, int previousDaemons = 1)
    {
        byte[] text = Read(location.AuthdaemonrcPath);
        Authdaemonrc rc = Authdaemonrc.Parse(
            location.AuthdaemonrcPath, text, static name => WireEnvironment.Own.GetValueOrDefault(name));
        string iniText = File.Exists(location.IniPath) ? System.Text.Encoding.UTF8.GetString(Read(location.IniPath)) : "";
        DaemonIni ini = DaemonIni.Parse(location.IniPath, iniText);
        Limits limits = Limits.From(ini);
        PasswordPolicy.From(ini, new SystemCrypt());
        PenaltySettings.Read(ini);
        _ = ini.LogsSuccessfulLogins; // checked here, used by the workers
        ModuleRegistry.CheckSettings(ini);
        DaemonSettings settings = DaemonSettings.From(rc, previousDaemons);
        IEnumerable<string> doubts = ModuleRegistry.Doubts(settings.ModuleNames, rc);
        return new LoadedConfiguration(
            location,
            text,
            rc,
            settings,
            iniText,
            limits,
            [.. settings.Warnings, .. ini.Warnings(), .. doubts.Select(doubt => $"{location.AuthdaemonrcPath}: {doubt}")]);
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, 0, e is FileNotFoundException or DirectoryNotFoundException
                ? "No such file or directory"
                : e is UnauthorizedAccessException ? "Permission denied" : e.Message);
        }
    }
}
