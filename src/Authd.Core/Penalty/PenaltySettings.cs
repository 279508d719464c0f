// Section [penalty] of authdaemond.ini.
using System.Globalization;
using System.Net;
using Authd.Core.Configuration;

namespace Authd.Core.Penalty;

/// <summary>How failed logins make replies wait.</summary>
public sealed record PenaltySettings
{
    private const string Section = "penalty";
    private const string DelaysKey = "delays";
    private const string NetworksKey = "networks";
    private const double LongestDelay = 20;
    private const int MostDelays = 16;

    /// <summary><c>delays</c>: how long the reply to the first, second, ... failure waits; the last one is for all further.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; private init; } = [];

    /// <summary><c>forget-after</c>, minutes: a count that has not grown for so long is forgotten.</summary>
    public TimeSpan ForgetAfter { get; private init; }

    /// <summary><c>networks</c>: clients from there are neither counted nor slowed.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; private init; } = [];

    /// <summary><c>waiting</c>: replies that one worker keeps waiting at the same time.</summary>
    public int Waiting { get; private init; }

    /// <summary>Replies wait at all.</summary>
    public bool IsOn => Delays.Any(static delay => delay > TimeSpan.Zero);

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what its key takes.</exception>
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
