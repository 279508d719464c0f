// This repository's daemon, run in the foreground.
namespace Authd.Tests.Support;

/// <summary>Our published binary, on the same files at the same paths as the C daemon.</summary>
public sealed class OurDaemon : DaemonProcess
{
    /// <summary>Names the binary to test; without it, out/authdaemond is looked for upwards from the test's directory.</summary>
    public const string BinaryVariable = "AUTHDAEMOND_BINARY";

    private OurDaemon(
        CourierSite site, string state, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
        : base(site, state, [Binary, .. arguments], environment)
    {
    }

    /// <inheritdoc/>
    public override string Name => "ours";

    /// <summary>The binary's absolute path.</summary>
    /// <exception cref="FileNotFoundException">It has not been built.</exception>
    public static string Binary { get; } = FindBinary();

    /// <summary>Starts the daemon in the foreground and waits until it accepts.</summary>
    public static async Task<OurDaemon> StartAsync(
        CourierSite site, IReadOnlyDictionary<string, string>? environment = null, string? state = null)
    {
        OurDaemon daemon = new(site, state ?? await site.NewStateAsync(), [], environment);
        await daemon.ReadyAsync();
        return daemon;
    }

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
