// This process's environment, byte for byte.
using Authd.Core;
using Authd.Daemon.Systemd;

namespace Authd.Daemon.Configuration;

/// <summary>The environment that the process was started with, as wire text: .NET's own view loses what is not UTF-8.</summary>
internal static class WireEnvironment
{
    /// <summary>Name to value; of a name that occurs twice the first counts, as for getenv(3).</summary>
    internal static IReadOnlyDictionary<string, string> Own { get; } = Read();

    /// <summary>
    /// The entries, <c>NAME=value</c>, of <see cref="Own"/> overridden by <paramref name="variables"/>, without what
    /// systemd says to this process alone.
    /// </summary>
    internal static List<string> With(IReadOnlyDictionary<string, string> variables)
    {
        Dictionary<string, string> environment = new(Own, StringComparer.Ordinal);
        foreach ((string name, string value) in variables)
        {
            environment[name] = value;
        }

        return Entries(environment.Where(static pair => !InheritedSocket.Variables.Contains(pair.Key)));
    }

    /// <summary>Variables in the form in which a process takes them.</summary>
    internal static List<string> Entries(IEnumerable<KeyValuePair<string, string>> variables) =>
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
