using Authd.Linux.Processes;

namespace Authd.Daemon.Logging;

/// <summary>The words of LOGGEROPTS that count here; courier-authlib passes them to courierlogger.</summary>
/// <param name="Name">The tag of the lines: <c>-name=</c>.</param>
/// <param name="Facility">syslog's number of the facility: <c>-facility=</c>.</param>
/// <param name="Problem">A warning, or <c>null</c>.</param>
public sealed record LoggerOptions(string Name, int Facility, string? Problem = null)
{
    private const string DefaultFacility = "mail";

    /// <summary>Reads the words of LOGGEROPTS.</summary>
    public static LoggerOptions Parse(IReadOnlyList<string> words)
    {
        string name = Option(words, "-name=") ?? "authdaemond";
        string facility = Option(words, "-facility=") ?? DefaultFacility;
        return Syslog.Facilities.TryGetValue(facility, out int number)
            ? new LoggerOptions(name, number)
            : new LoggerOptions(
                name,
                Syslog.Facilities[DefaultFacility],
                $"LOGGEROPTS: unknown facility name '{facility}', using {DefaultFacility}");
    }

    private static string? Option(IReadOnlyList<string> words, string name) =>
        words.LastOrDefault(word => word.StartsWith(name, StringComparison.Ordinal))?[name.Length..];
}
