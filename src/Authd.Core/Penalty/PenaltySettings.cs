using System.Globalization;
using System.Net;
using Authd.Core.Configuration;

namespace Authd.Core.Penalty;

/// <summary>Section [penalty] of authdaemond.ini: the delays of replies to failed logins.</summary>
public sealed record PenaltySettings
{
    private const string Section = "penalty";
    private const string DelaysKey = "delays";
    private const string NetworksKey = "networks";
    private const string FailureDelayKey = "failure-delay";
    private const double LongestDelay = 20;
    private const int MostDelays = 16;

    /// <summary><c>delays</c>: the delay of the reply to the first, second,
    /// ... failure; the last one is for all further failures.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; private init; } = [];

    /// <summary><c>failure-delay</c>: the reply to each failure waits for at least so long, whatever is counted.</summary>
    public TimeSpan FailureDelay { get; private init; }

    /// <summary><c>forget-after</c>, minutes: a count that has not grown for this long is forgotten.</summary>
    public TimeSpan ForgetAfter { get; private init; }

    /// <summary><c>networks</c>: clients from these networks are neither counted nor delayed.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; private init; } = [];

    /// <summary><c>waiting</c>: the number of replies that one worker may delay at the same time.</summary>
    public int Waiting { get; private init; }

    /// <summary>Failures are counted.</summary>
    public bool IsOn => Delays.Any(static delay => delay > TimeSpan.Zero);

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key.</exception>
    public static PenaltySettings Read(DaemonIni ini)
    {
        IReadOnlyList<string> delays = ini.Words(Section, DelaysKey, "0 2 4 8 15");
        if (delays.Count is 0 or > MostDelays)
        {
            throw BadDelays(ini);
        }

        return new PenaltySettings
        {
            Delays = [.. delays.Select(word => Delay(word) ?? throw BadDelays(ini))],
            FailureDelay = Delay(ini.Word(Section, FailureDelayKey, "0"))
                ?? throw ini.Bad(Section, FailureDelayKey, $"a number of seconds from 0 to {LongestDelay}"),
            ForgetAfter = TimeSpan.FromMinutes(ini.Number(Section, "forget-after", 15, 1, 1440)),
            Networks =
            [
                .. ini.Words(Section, NetworksKey, "127.0.0.0/8 ::1").Select(word => ClientNetwork.ParseNetwork(word)
                    ?? throw ini.Bad(Section, NetworksKey, "networks and addresses, like 192.0.2.0/24 2001:db8::1")),
            ],
            Waiting = ini.Number(Section, "waiting", 1000, 1, 100_000),
        };
    }

    private static TimeSpan? Delay(string word) =>
        double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds <= LongestDelay
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static ConfigurationException BadDelays(DaemonIni ini) =>
        ini.Bad(Section, DelaysKey, $"1 to {MostDelays} numbers of seconds from 0 to {LongestDelay}");
}
