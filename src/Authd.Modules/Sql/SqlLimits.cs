using Authd.Core.Configuration;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>Reads the common limits in the sections [pgsql], [mysql] and [sqlite] of authdaemond.ini.</summary>
public static class SqlLimits
{
    /// <summary><c>connections</c>, <c>statement-timeout</c>, <c>idle-timeout</c>.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="section">The module's section.</param>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static PoolLimits Read(DaemonIni ini, string section) =>
        PoolLimits.Read(ini, section, "statement-timeout");

    /// <summary><c>connect-timeout</c>, seconds for each of several servers.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Read"/>.</exception>
    public static int ReadConnectTimeout(DaemonIni ini, string section) =>
        ini.Number(section, "connect-timeout", usual: 5, least: 1, most: 9);
}
