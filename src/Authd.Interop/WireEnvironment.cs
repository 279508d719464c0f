// This process's environment, byte for byte.
using Authd.Core;

namespace Authd.Interop;

/// <summary>The environment that the process was started with, as wire text: .NET's own view loses what is not UTF-8.</summary>
public static class WireEnvironment
{
    /// <summary>Name to value; of a name that occurs twice the first counts, as for getenv(3).</summary>
    public static IReadOnlyDictionary<string, string> Own { get; } = Read();

    /// <summary>What systemd says to the service's main process alone: where to notify it, which sockets it passes.</summary>
    private static readonly HashSet<string> OwnAlone = new(StringComparer.Ordinal)
    {
        "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
    };

    /// <summary>
    /// The entries, <c>NAME=value</c>, of <see cref="Own"/> overridden by <paramref name="variables"/>, without what
    /// systemd says to this process alone.
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

    /// <summary>Variables in the form in which a process takes them.</summary>
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
