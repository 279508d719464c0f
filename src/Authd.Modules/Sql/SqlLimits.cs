// What the sections [pgsql], [mysql] and [sqlite] of authdaemond.ini have in common.
using Authd.Core.Configuration;
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>Reads the limits of the SQL modules.</summary>
public static class SqlLimits
{
    /// <summary><c>connections</c>, <c>statement-timeout</c>, <c>idle-timeout</c>.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="section">The module's section.</param>
    /// <param name="connections">Where the section does not say.</param>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static LaneLimits Read(DaemonIni ini, string section, int connections) =>
        LaneLimits.Read(ini, section, "statement-timeout", connections);

    /// <summary><c>connect-timeout</c>, seconds for each of several servers.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Read"/>.</exception>
    public static int ReadConnectTimeout(DaemonIni ini, string section) =>
        ini.Number(section, "connect-timeout", usual: 5, least: 1, most: 9);
}
