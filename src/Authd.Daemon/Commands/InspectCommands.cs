using System.Diagnostics;
using System.Globalization;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Metrics;
using Authd.Daemon.Configuration;
using Authd.Daemon.Control;
using Authd.Daemon.Metrics;
using Authd.Linux.Files;

namespace Authd.Daemon.Commands;

/// <summary>authdaemond stats, top, who and cache flush: requests to the running daemon over its control socket. Only the last
/// one changes anything.</summary>
public static class InspectCommands
{
    private const string Home = "\u001b[H\u001b[J"; // cursor to the upper left, and clear the rest
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary><c>stats [--json | --prometheus]</c>.</summary>
    /// <returns>0, or 1 with a message.</returns>
    public static int Stats(ConfigLocation location, string[] arguments, TextWriter output, TextWriter errors) =>
        Guarded(location, errors, path =>
        {
            CounterMemory counters = Counters(path);
            switch (arguments)
            {
                case []:
                    output.Write(StatsTable.Of(counters, DateTimeOffset.UtcNow));
                    return 0;
                case ["--json"]:
                    output.Write(MetricsJson.Write(MetricFamilies.Of(counters)));
                    return 0;
                case ["--prometheus"]:
                    output.Write(OpenMetrics.Write(MetricFamilies.Of(counters)));
                    return 0;
                default:
                    return Refuse(errors, "stats [--json | --prometheus]");
            }
        });

    /// <summary><c>top [TIMES]</c>: rates, once a second, without end or the given number of times.</summary>
    public static int Top(ConfigLocation location, string[] arguments, TextWriter output, TextWriter errors, bool isTerminal) =>
        Guarded(location, errors, path =>
        {
            int times = int.MaxValue;
            if (arguments is [var number] && !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out times)
                || arguments.Length > 1)
            {
                return Refuse(errors, "top [TIMES]");
            }

            CounterMemory before = Counters(path);
            long taken = Stopwatch.GetTimestamp();
            for (int i = 0; i < times; i++)
            {
                Thread.Sleep(Period);
                CounterMemory now = Counters(path);
                double seconds = Stopwatch.GetElapsedTime(taken).TotalSeconds;
                taken = Stopwatch.GetTimestamp();
                DateTimeOffset time = DateTimeOffset.UtcNow;
                output.Write(
                    (isTerminal ? Home : "") + StatsTable.Of(now, time, before, seconds) + '\n'
                    + StatsTable.Clients(now, time, ProgramOf) + (isTerminal ? "" : "\n"));
                output.Flush();
                before = now;
            }

            return 0;
        });

    /// <summary><c>who</c>: the waiting clients.</summary>
    public static int Who(ConfigLocation location, TextWriter output, TextWriter errors) =>
        Guarded(location, errors, path =>
        {
            output.Write(StatsTable.Clients(Counters(path), DateTimeOffset.UtcNow, ProgramOf));
            return 0;
        });

    /// <summary><c>cache flush [NAME]</c>.</summary>
    public static int Cache(ConfigLocation location, string[] arguments, TextWriter errors) =>
        Guarded(location, errors, path =>
        {
            if (arguments is not ["flush", .. { Length: <= 1 } name])
            {
                return Refuse(errors, "cache flush [NAME]");
            }

            ControlSocket.Ask(path, ControlSocket.FlushVerb, WireText.ToBytes(WireText.FromUnicode(name.FirstOrDefault() ?? "")));
            return 0;
        });

    /// <summary>The explanation of one request, as text, for <c>authtest --explain</c>.</summary>
    /// <param name="location">The configuration.</param>
    /// <param name="flags">The flags of the daemon's side.</param>
    /// <param name="service">The service.</param>
    /// <param name="user">The name; wire text.</param>
    /// <param name="password">The password, or <c>null</c> for a lookup; wire text.</param>
    /// <exception cref="IOException">The request fails; the message has the reason.</exception>
    /// <exception cref="ConfigurationException">The files are wrong.</exception>
    public static string Explain(ConfigLocation location, string flags, string service, string user, string? password) =>
        WireText.FromBytes(ControlSocket.Ask(
            PathOf(location),
            ControlSocket.ExplainVerb,
            WireText.ToBytes(string.Join('\n', password is null ? [flags, service, user] : [flags, service, user, password]))));

    private static CounterMemory Counters(string path) => CounterCopy.Unpack(ControlSocket.Ask(path, ControlSocket.CountersVerb));

    private static string PathOf(ConfigLocation location) => ControlSocket.PathBeside(LoadedConfiguration.FindSocketPath(location));

    private static string ProgramOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim();
        }
        catch (IOException)
        {
            return "(gone)";
        }
    }

    private static int Refuse(TextWriter errors, string usage)
    {
        errors.WriteLine($"Usage: authdaemond {usage}");
        return 1;
    }

    private static int Guarded(ConfigLocation location, TextWriter errors, Func<string, int> command)
    {
        try
        {
            return command(PathOf(location));
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"authdaemond: {FileTrouble.Text(e)}");
            return 1;
        }
    }
}
