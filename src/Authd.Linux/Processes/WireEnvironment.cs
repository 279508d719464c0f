using Authd.Core;

namespace Authd.Linux.Processes;

/// <summary>The environment that the process was started with, as wire
/// text: .NET's own view loses bytes that are not UTF-8.</summary>
public static class WireEnvironment
{
    /// <summary>Values by name; the first of two equal names counts, as for getenv(3).</summary>
    public static IReadOnlyDictionary<string, string> Own { get; } = Read();

    /// <summary>Variables that systemd sets for the service's main process
    /// alone: its notification socket and the sockets it passes.</summary>
    private static readonly HashSet<string> OwnAlone = new(StringComparer.Ordinal)
    {
        "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
    };

    /// <summary>
    /// The entries of <see cref="Own"/> as <c>NAME=value</c>, overridden by <paramref name="variables"/>, without those that
    /// systemd sets for this process alone.
    /// </summary>
    public static List<string> With(IReadOnlyDictionary<string, string> variables)
    {
        Dictionary<string, string> environment = new(Own, StringComparer.Ordinal);
        foreach ((string name, string value) in variables)
        {
            environment[name] = value;
        }

        return Entries(environment.Where(static pair => !OwnAlone.Contains(pair.Key)));
    }

    /// <summary>Variables as the entries of a process's environment.</summary>
    public static List<string> Entries(IEnumerable<KeyValuePair<string, string>> variables) =>
        [.. variables.Select(static pair => $"{pair.Key}={pair.Value}")];

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (string entry in WireText.FromBytes(File.ReadAllBytes("/proc/self/environ")).Split('\0'))
        {
            int mark = entry.IndexOf('=');
            if (mark > 0)
            {
                environment.TryAdd(entry[..mark], entry[(mark + 1)..]);
            }
        }

        return environment;
    }
}
