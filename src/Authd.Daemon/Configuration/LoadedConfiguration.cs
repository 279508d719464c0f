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
    /// <summary>The most bytes that authdaemonrc and authdaemond.ini may have.</summary>
    public const int MaxFileBytes = 1 << 20;

    // MAX_ARG_STRLEN of the kernel: NAME=value and its NUL, as a variable of a program's environment.
    private const int MaxVariableBytes = 128 * 1024;

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
        byte[] text = TryRead(location.AuthdaemonrcPath)
            ?? throw new ConfigurationException(location.AuthdaemonrcPath, 0, "No such file or directory");
        Authdaemonrc rc = Authdaemonrc.Parse(
            location.AuthdaemonrcPath, text, static name => WireEnvironment.Own.GetValueOrDefault(name));
        CheckAuthdaemonrc(rc, text);
        string iniText = TryRead(location.IniPath) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : "";
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

    /// <summary>A file that an editor or a full disk has cut short is a good shell file, and would serve nobody: every user
    /// would be unknown, and mail for all of them bounce.</summary>
    private static void CheckAuthdaemonrc(Authdaemonrc rc, byte[] text)
    {
        if (!rc.Variables.ContainsKey("authmodulelist"))
        {
            string lost = text.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0 ? "the file is empty" : "authmodulelist is not set";
            throw new ConfigurationException(rc.FileName, 0,
                $"{lost}, so that no account could be found; put the file back, or set authmodulelist=\"...\" in it");
        }

        foreach ((string name, string value) in rc.Variables)
        {
            if (name.Length + value.Length + 2 > MaxVariableBytes)
            {
                throw new ConfigurationException(rc.FileName, 0,
                    $"{name} has {value.Length} bytes; the kernel passes at most {MaxVariableBytes - 2 - name.Length} to a program");
            }
        }
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            return SettingsFile.TryRead(path, MaxFileBytes);
        }
        catch (IOException e)
        {
            throw new ConfigurationException(path, 0, e.Message);
        }
    }
}
