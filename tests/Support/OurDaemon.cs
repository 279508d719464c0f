// This repository's daemon, run in the foreground.
namespace Authd.Tests.Support;

/// <summary>Our published binary, on the same files at the same paths as the C daemon.</summary>
public sealed class OurDaemon : DaemonProcess
{
    /// <summary>Names the binary to test; without it, out/authdaemond is looked for upwards from the test's
    /// directory.</summary>
    public const string BinaryVariable = "AUTHDAEMOND_BINARY";

    private OurDaemon(CourierSite site, string state, IReadOnlyList<string> command)
        : base(site, state, command)
    {
    }

    /// <inheritdoc/>
    public override string Name => "ours";

    /// <summary>The binary's absolute path.</summary>
    /// <exception cref="FileNotFoundException">It has not been built.</exception>
    public static string Binary { get; } = FindBinary();

    /// <summary>Starts the daemon in the foreground and waits until it accepts and all its workers are there.</summary>
    /// <param name="site">Its configuration.</param>
    /// <param name="state">A state directory that exists; null: a new one.</param>
    /// <param name="under">A command that runs the one that follows it, e.g. to set the environment.</param>
    public static async Task<OurDaemon> StartAsync(CourierSite site, string? state = null, params string[] under)
    {
        OurDaemon daemon = new(site, state ?? await site.NewStateAsync(), [.. under, Binary]);
        await daemon.ReadyAsync();
        return daemon;
    }

    /// <summary>The workers' processes, oldest first.</summary>
    public IReadOnlyList<int> Workers => ProcessTree.Children(Pid);

    /// <summary>Runs the binary with arguments (start, stop, ...) where it finds the site's files, to its end.</summary>
    public static Task<ProgramResult> RunAsync(CourierSite site, string state, params string[] arguments) =>
        ProcessRunner.RunAsync(site.Inside(state, [Binary, .. arguments]));

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
