// What the sections [pgsql], [mysql] and [sqlite] of authdaemond.ini have in common.
using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>How one worker uses its connections.</summary>
/// <param name="Connections"><c>connections</c>: the most that one worker keeps open for look-ups.</param>
/// <param name="StatementTimeout"><c>statement-timeout</c>, seconds: after it the request is answered with a temporary failure.</param>
/// <param name="IdleTimeout"><c>idle-timeout</c>, seconds: unused connections are closed after it.</param>
public sealed record SqlPoolSettings(int Connections, TimeSpan StatementTimeout, TimeSpan IdleTimeout)
{
    /// <summary>Reads them from a section.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static SqlPoolSettings Read(DaemonIni ini, string section) => new(
        ini.Number(section, "connections", usual: 2, least: 1, most: 50),
        TimeSpan.FromSeconds(ini.Number(section, "statement-timeout", usual: 8, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(section, "idle-timeout", usual: 300, least: 1, most: 86400)));

    /// <summary><c>connect-timeout</c>, seconds for each of several servers.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Read"/>.</exception>
    public static int ReadConnectTimeout(DaemonIni ini, string section) =>
        ini.Number(section, "connect-timeout", usual: 5, least: 1, most: 9);
}
