// The daemon's files, read and checked as a whole: a reload needs a valid configuration, or changes nothing.
using Authd.Core.Cache;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Passwords;
using Authd.Core.Penalty;
using Authd.Daemon.Metrics;
using Authd.Linux.Crypt;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Modules;

namespace Authd.Daemon.Configuration;

/// <summary>authdaemonrc and authdaemond.ini at one moment.</summary>
public sealed class LoadedConfiguration
{
    /// <summary>The largest size of authdaemonrc and authdaemond.ini, in bytes.</summary>
    public const int MaxFileBytes = 1 << 20;

    internal const string SocketName = "socket";

    // MAX_ARG_STRLEN of the kernel: NAME=value and its NUL, as a variable of a program's environment.
    private const int MaxVariableBytes = 128 * 1024;

    /// <summary>All readers of authdaemond.ini: a key that none of them reads is unknown.</summary>
    private static readonly IReadOnlyList<Action<DaemonIni>> SettingsReaders =
    [
        static ini => Limits.From(ini),
        static ini => PasswordPolicy.From(ini, new SystemCrypt()),
        static ini => LoginNames.Read(ini),
        static ini => PenaltySettings.Read(ini),
        static ini => ReplySettings.Read(ini),
        static ini => CacheSettings.Read(ini),
        static ini => MetricsAddress.Read(ini),
        static ini => _ = ini.LogsSuccessfulLogins,
        static ini => ServiceSocketSettings.Read(ini),
        static ini => SaslSettings.Read(ini),
        static ini => MapSettings.Read(ini),
        static ini => _ = WorkerPrivileges.ReadUser(ini),
        static ini => _ = LoaderVariables.AreWanted(ini),
        .. ModuleRegistry.All.Select(static module => module.ReadSettings),
    ];

    private WorkerPrivileges? _privileges;

    private LoadedConfiguration(
        ConfigLocation location,
        byte[] authdaemonrcText,
        Authdaemonrc rc,
        DaemonSettings settings,
        string iniText,
        DaemonIni ini,
        Limits limits,
        IReadOnlyList<ServiceSocketSettings> serviceSockets,
        IReadOnlyList<string> mistakes,
        bool passesLoaderVariables,
        IReadOnlyList<string> warnings)
    {
        Location = location;
        AuthdaemonrcText = authdaemonrcText;
        Rc = rc;
        Environment = LoaderVariables.Without(rc.Variables, passesLoaderVariables);
        Settings = settings;
        IniText = iniText;
        Ini = ini;
        Limits = limits;
        ServiceSockets = serviceSockets;
        Mistakes = mistakes;
        Warnings = warnings;
        RcFiles = settings.ModuleNames.Select(ModuleRegistry.RcFile).OfType<string>().Distinct()
            .Select(name => (Name: name, Stamp: FileStamp.Of(FileStamp.Name(ModuleServices.RcPath(location.Directory, name, File.Exists)))))
            .Where(static file => file.Stamp is not null)
            .ToDictionary(static file => file.Name, static file => file.Stamp!.Value.Version, StringComparer.Ordinal);
    }

    /// <summary>The paths of the files.</summary>
    public ConfigLocation Location { get; }

    /// <summary>authdaemonrc, byte for byte.</summary>
    public byte[] AuthdaemonrcText { get; }

    /// <summary>The variables of authdaemonrc; those of the environment where the file sets none.</summary>
    public Authdaemonrc Rc { get; }

    /// <summary>The daemon's own settings in authdaemonrc.</summary>
    public DaemonSettings Settings { get; }

    /// <summary>The line of authdaemonrc that sets each of its variables.</summary>
    public IReadOnlyDictionary<string, int> Lines => Rc.Lines;

    /// <summary>authdaemond.ini; all of its readers have read it.</summary>
    public DaemonIni Ini { get; }

    /// <summary>The text of authdaemond.ini, checked; empty when the file does not exist.</summary>
    public string IniText { get; }

    /// <summary>The limits of authdaemond.ini.</summary>
    public Limits Limits { get; }

    /// <summary>The further sockets that authdaemond.ini asks for.</summary>
    public IReadOnlyList<ServiceSocketSettings> ServiceSockets { get; }
    /// <summary>
    /// The mistakes in authmodulelist. The daemon starts nevertheless, since some of its modules may exist. A reload is refused,
    /// because the daemon can continue with the previous list.
    /// </summary>
    public IReadOnlyList<string> Mistakes { get; }

    /// <summary>The errors and warnings of both files, errors first.</summary>
    public IReadOnlyList<Finding> Findings =>
    [
        .. Settings.Errors.Concat(Mistakes).Select(static error => new Finding(true, error)),
        .. Warnings.Select(static warning => new Finding(false, warning)),
    ];

    /// <summary>The listed modules' rc files that are there, with the versions of what is in them (<see cref="FileStamp.Version"/>).</summary>
    public IReadOnlyDictionary<string, long> RcFiles { get; }

    /// <summary>Warnings about both files; none of them is fatal.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The user of the workers. The first use looks at files and at the system's users.</summary>
    /// <exception cref="IOException">The system's users cannot be looked up.</exception>
    public WorkerPrivileges Privileges => _privileges ??= WorkerPrivileges.Decide(this, name => Rc[name]);

    /// <summary>The variables of authdaemonrc for the environment of the daemon's processes.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The directory of socket, pid and pid.lock.</summary>
    public string StateDirectory => Settings.StateDirectory ?? Location.DefaultStateDirectory;

    /// <summary>The daemon's socket.</summary>
    public string SocketPath => Path.Combine(StateDirectory, SocketName);

    /// <summary>Reads and checks the files.</summary>
    /// <param name="location">Their paths.</param>
    /// <param name="previousDaemons">The number of workers so far.</param>
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
        IReadOnlyList<string> unknown = ini.Check(SettingsReaders);
        DaemonSettings settings = DaemonSettings.From(rc, previousDaemons);
        IReadOnlyList<ServiceSocketSettings> sockets = ServiceSocketSettings.Read(ini);
        IEnumerable<string> unreachable = sockets.SelectMany(static socket => socket.Doubts());
        IEnumerable<string> unusable = sockets.Any(static socket => socket.Section == ServiceSocketSettings.Sasl)
            ? SaslSettings.Read(ini).Doubts(settings.ModuleNames) : [];
        string place = $"{location.AuthdaemonrcPath}:{rc.LineOf("authmodulelist")}";
        bool passesLoaderVariables = LoaderVariables.AreWanted(ini);
        IEnumerable<string> kept = passesLoaderVariables ? [] : LoaderVariables.Warnings(rc.Variables);
        return new LoadedConfiguration(
            location,
            text,
            rc,
            settings,
            iniText,
            ini,
            Limits.From(ini),
            sockets,
            [.. ModuleRegistry.Mistakes(settings.ModuleNames).Select(mistake => $"{place}: {mistake}")],
            passesLoaderVariables,
            [
                .. settings.Warnings,
                .. unknown,
                .. unreachable.Concat(unusable).Select(doubt => $"{location.IniPath}: {doubt}"),
                .. kept.Select(warning => $"{location.AuthdaemonrcPath}: {warning}"),
            ]);
    }

    /// <summary>The daemon's socket, for which authdaemonrc alone counts; without that file it is where it is by default.</summary>
    /// <exception cref="ConfigurationException">The file is unreadable or wrong: the socket could be anywhere.</exception>
    public static string FindSocketPath(ConfigLocation location)
    {
        string? directory = null;
        if (TryRead(location.AuthdaemonrcPath) is { } text)
        {
            Authdaemonrc rc = Authdaemonrc.Parse(
                location.AuthdaemonrcPath, text, static name => WireEnvironment.Own.GetValueOrDefault(name));
            CheckAuthdaemonrc(rc, text);
            directory = DaemonSettings.From(rc).StateDirectory;
        }

        return Path.Combine(directory ?? location.DefaultStateDirectory, SocketName);
    }

    /// <summary>Like <see cref="Load"/>, for a daemon that serves with <paramref name="old"/>.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Load"/>. Besides, authmodulelist is wrong, or a module's rc
    /// file has vanished, without which its users would be unknown.</exception>
    public static LoadedConfiguration LoadInPlaceOf(LoadedConfiguration old)
    {
        LoadedConfiguration fresh = Load(old.Location, old.Settings.Daemons);
        if (fresh.Mistakes is [var mistake, ..])
        {
            throw new ConfigurationException(mistake);
        }

        foreach (string name in fresh.Settings.ModuleNames)
        {
            if (ModuleRegistry.RcFile(name) is { } file && old.RcFiles.ContainsKey(file) && !fresh.RcFiles.ContainsKey(file))
            {
                throw new ConfigurationException(
                    ModuleServices.RcPath(old.Location.Directory, file, File.Exists), 0,
                    $"the file was there and is gone: put it back, or take {name} out of authmodulelist");
            }
        }

        return fresh;
    }

    /// <summary>Refuses a file that an editor or a full disk has cut short: it is a valid shell file, but every user would be
    /// unknown, and all mail would bounce.</summary>
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
