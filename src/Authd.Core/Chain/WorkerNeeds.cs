// The files and rights that modules need in workers that are not root.
using Authd.Core.Configuration;

namespace Authd.Core.Chain;

/// <summary>Collected by root at the start and at each reload, before any worker runs.</summary>
public sealed class WorkerNeeds
{
    private readonly HashSet<string> _brokered = new(StringComparer.Ordinal);
    private readonly List<(string Module, string Path, bool Write)> _files = [];
    private readonly List<(string Module, string Why)> _reasons = [];
    private readonly Func<string, string?> _environment;
    private readonly Func<string, byte[]?> _read;

    /// <summary>Starts empty; each module adds its own needs.</summary>
    /// <param name="configDirectory">Directory of the rc files and of userdb.</param>
    /// <param name="stateDirectory">The daemon's state directory.</param>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="environment">The workers' environment; wire text.</param>
    /// <param name="read">Reads a file; <c>null</c> when it does not exist or cannot be read.</param>
    public WorkerNeeds(
        string configDirectory, string stateDirectory, DaemonIni ini, Func<string, string?> environment, Func<string, byte[]?> read)
    {
        _read = read;
        ConfigDirectory = configDirectory;
        StateDirectory = stateDirectory;
        Ini = ini;
        _environment = environment;
    }

    /// <summary>Files that the broker opens for workers that may not read them; a file may be missing.</summary>
    public IReadOnlySet<string> Brokered => _brokered;

    /// <summary>Files that a module or one of its libraries opens by itself, so the workers' user needs access to them.</summary>
    public IReadOnlyList<(string Module, string Path, bool Write)> Files => _files;

    /// <summary>Operations that need root whatever the permissions of files are.</summary>
    public IReadOnlyList<(string Module, string Why)> Reasons => _reasons;

    /// <summary>Modules of system users are listed: shadow entries and PAM processes are needed.</summary>
    public bool AsksForSystemUsers { get; set; }

    /// <summary>authuserdb is listed: passwords in userdb are changed.</summary>
    public bool ChangesUserdb { get; set; }

    /// <summary>A module starts programs in the worker.</summary>
    public bool StartsPrograms { get; set; }

    /// <summary>Directory of the rc files and of userdb.</summary>
    public string ConfigDirectory { get; }

    /// <summary>The daemon's state directory.</summary>
    public string StateDirectory { get; }

    /// <summary>authdaemond.ini.</summary>
    public DaemonIni Ini { get; }

    /// <summary>A variable of the workers' environment; .NET text.</summary>
    public string? Variable(string name) => _environment(name) is { Length: > 0 } value ? WireText.ToUnicode(value) : null;

    /// <summary>A file of the configuration.</summary>
    public void Read(string path) => _brokered.Add(path);

    /// <summary>A file opened by other code than this daemon's; <c>null</c>: none.</summary>
    public void Use(string module, string? path, bool write = false)
    {
        if (path is not null && path.StartsWith('/'))
        {
            _files.Add((module, path, write));
        }
    }

    /// <summary>A file that is replaced by a new one made beside it in its directory.</summary>
    public void Write(string module, string path)
    {
        Use(module, path, write: true);
        Use(module, Path.GetDirectoryName(path), write: true);
    }

    /// <summary>An operation that only root can do.</summary>
    /// <param name="module">The module that needs it.</param>
    /// <param name="why">The text after <c>MODULE: </c> in the log line; wire text.</param>
    public void NeedsRoot(string module, string why) => _reasons.Add((module, why));

    /// <summary>A module's rc file, parsed; <c>null</c> when it does not
    /// exist or cannot be read, which the module itself reports.</summary>
    public RcFile? ReadRc(string name)
    {
        string path = ModuleServices.RcPath(ConfigDirectory, name, path => _read(path) is not null);
        Read(path);
        return _read(path) is { } bytes ? RcFile.Parse(path, bytes) : null;
    }

    /// <summary>Reads settings. Invalid ones add no needs; the module itself reports them.</summary>
    public static void Try(Action look)
    {
        try
        {
            look();
        }
        catch (Exception e) when (e is ConfigurationException or FormatException or ArgumentException or NotSupportedException
            or IOException or UnauthorizedAccessException)
        {
            // The module reports the error when it is asked.
        }
    }
}
