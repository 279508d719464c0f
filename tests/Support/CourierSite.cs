namespace Authd.Tests.Support;

/// <summary>
/// One site: a configuration directory in the form of Debian's /etc/courier, which several daemons may share, each with its own
/// state directory. Debian's programs have their paths compiled in, so every program of a site runs in a private mount namespace
/// in which the site's directories are at those paths.
/// </summary>
public sealed class CourierSite : IDisposable
{
    /// <summary>The directory in which Debian's programs look for their configuration.</summary>
    public const string ConfigPath = "/etc/courier";

    /// <summary>The directory in which Debian's programs look for the socket.</summary>
    public const string StatePath = "/run/courier/authdaemon";

    private const string MountAndRun =
        """
        if [ -n "$3" ]; then mount --bind "$3" /etc; fi && mount --bind "$1" /etc/courier &&
        mount --bind "$2" /run/courier/authdaemon && shift 3 && exec "$@"
        """;

    private readonly ScratchDirectory _scratch = new();
    private int _states;

    private const string Ini = "authdaemond.ini";

    // Tests fail thousands of logins; only tests of the penalty wait for it.
    private const string NoPenalty = "\n[penalty]\ndelays = 0\n";

    /// <summary>Makes a configuration directory with only an authdaemond.ini,
    /// by which replies to failed logins are not delayed.</summary>
    public CourierSite()
    {
        Config = Directory.CreateDirectory(_scratch["etc"]).FullName;
        Write(Ini, "");
    }

    /// <summary>The directory that programs see at <see cref="ConfigPath"/>.</summary>
    public string Config { get; }

    /// <summary>A directory that programs see at <c>/etc</c>; <c>null</c>:
    /// the machine's own. It has a subdirectory courier.</summary>
    public string? EtcDirectory { get; set; }

    /// <summary>A directory for a test's other files.</summary>
    public ScratchDirectory Scratch => _scratch;

    /// <summary>Writes one file of the configuration with Debian's modes for files that hold secrets.</summary>
    /// <param name="name">Name below <see cref="ConfigPath"/>.</param>
    /// <param name="text">The file's bytes, one char a byte. An authdaemond.ini without a section [penalty] gets one by which
    /// replies to failed logins are not delayed.</param>
    public void Write(string name, string text)
    {
        if (name == Ini && !text.Contains("[penalty]", StringComparison.Ordinal))
        {
            text += NoPenalty;
        }

        string path = Path.Combine(Config, name);
        File.WriteAllBytes(path, Core.WireText.ToBytes(text));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    /// <summary>Writes authdaemonrc.</summary>
    /// <param name="modules">authmodulelist.</param>
    /// <param name="daemons">Number of workers.</param>
    /// <param name="more">Further lines, e.g. <c>DEBUG_LOGIN=1</c>.</param>
    public void WriteAuthdaemonrc(string modules, int daemons = 2, params string[] more) =>
        Write(
            "authdaemonrc", $"authmodulelist=\"{modules}\"\ndaemons={daemons}\n{string.Concat(more.Select(l => l + "\n"))}");

    /// <summary>Writes userdb and has Debian's makeuserdb make the two databases.</summary>
    /// <param name="text">Lines <c>name TAB field=value|...</c>, one char a byte.</param>
    public async Task WriteUserdbAsync(string text)
    {
        Write("userdb", text);
        File.SetUnixFileMode(Path.Combine(Config, "userdb"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await MakeUserdbAsync();
    }

    /// <summary>Runs Debian's makeuserdb on the present userdb; it replaces the databases by rename.</summary>
    public async Task MakeUserdbAsync() =>
        await ProcessRunner.RunOrThrowAsync(Inside(await NewStateAsync(), ["/usr/sbin/makeuserdb"]));

    /// <summary>Writes authpgsqlrc, with the MARKER line that its readers require.</summary>
    /// <param name="conninfo">PGSQL_CONNECTION.</param>
    /// <param name="settings">Further settings, e.g. <c>PGSQL_USER_TABLE passwd</c>.</param>
    public void WriteAuthpgsqlrc(string conninfo, params string[] settings) =>
        Write("authpgsqlrc",
            $"##NAME: MARKER:0\nPGSQL_CONNECTION {conninfo}\n{string.Concat(settings.Select(l => l + "\n"))}");

    /// <summary>A new state directory with Debian's owner and mode.</summary>
    /// <returns>Its path; the site's programs see it at <see cref="StatePath"/>.</returns>
    public async Task<string> NewStateAsync()
    {
        string state = _scratch[$"run{Interlocked.Increment(ref _states)}"];
        await ProcessRunner.RunOrThrowAsync(["install", "-d", "-o", "courier", "-g", "courier", "-m", "0750", state]);
        return state;
    }

    /// <summary>
    /// The command that runs <paramref name="command"/> in a new mount namespace with this site's directories in place.
    /// Each step execs the next, so the process id that a caller gets is that of the program.
    /// </summary>
    public IReadOnlyList<string> Inside(string state, IEnumerable<string> command) =>
        ["unshare", "-m", "--propagation", "private", "sh", "-c", MountAndRun, "sh", Config, state, EtcDirectory ?? "",
            .. command];

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
