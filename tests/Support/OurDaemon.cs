namespace Authd.Tests.Support;

/// <summary>This repository's published binary in the foreground, on the same files at the same paths as the C daemon.</summary>
public sealed class OurDaemon : DaemonProcess
{
    /// <summary>The variable with the binary to test; without it, out/authdaemond
    /// is searched for upwards from the test's directory.</summary>
    public const string BinaryVariable = "AUTHDAEMOND_BINARY";

    private OurDaemon(CourierSite site, string state, IReadOnlyList<string> command)
        : base(site, state, command)
    {
    }

    /// <inheritdoc/>
    public override string Name => "ours";

    /// <summary>The binary's absolute path.</summary>
    /// <exception cref="FileNotFoundException">The binary has not been built.</exception>
    public static string Binary { get; } = FindBinary();

    /// <summary>Starts the daemon in the foreground and waits until it accepts clients and all of its workers run.</summary>
    /// <param name="site">Its configuration.</param>
    /// <param name="state">A state directory that exists; null: a new one.</param>
    /// <param name="under">A command that runs the following one, e.g. to set the environment.</param>
    public static async Task<OurDaemon> StartAsync(CourierSite site, string? state = null, params string[] under)
    {
        OurDaemon daemon = new(site, state ?? await site.NewStateAsync(), [.. under, Binary]);
        await daemon.ReadyAsync();
        return daemon;
    }

    /// <summary>The workers' processes, oldest first.</summary>
    public IReadOnlyList<int> Workers => Children("--worker");

    /// <summary>The brokers: one where workers are not root, two during a reload.</summary>
    public IReadOnlyList<int> Brokers => Children("--broker");

    /// <summary>The processes in which PAM runs, whether started by workers or by a broker.</summary>
    public IReadOnlyList<int> PamProcesses =>
        [.. Brokers.Concat(Workers).SelectMany(ProcessTree.Children).Where(static pid => Argument(pid) == "--pam").Order()];

    /// <summary>Runs the binary with arguments (start, stop, ...) and the site's files in place, to its end.</summary>
    public static Task<ProgramResult> RunAsync(CourierSite site, string state, params string[] arguments) =>
        ProcessRunner.RunAsync(site.Inside(state, [Binary, .. arguments]));

    private List<int> Children(string role) => [.. ProcessTree.Children(Pid).Where(pid => Argument(pid) == role)];

    private static string? Argument(int pid) => ProcessTree.CommandLine(pid).Split(' ').ElementAtOrDefault(1);

    private static string FindBinary()
    {
        if (Environment.GetEnvironmentVariable(BinaryVariable) is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "out", "authdaemond");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new FileNotFoundException($"out/authdaemond is not built (make), and {BinaryVariable} is not set");
    }
}
