// The common settings of the sections [pgsql], [mysql], [sqlite] and [ldap] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Modules.Pool;

/// <summary>The limits of one worker's connections.</summary>
/// <param name="Connections"><c>connections</c>: the number that one worker keeps open for lookups.</param>
/// <param name="AnswerTimeout">The time after which a request fails temporarily.</param>
/// <param name="IdleTimeout"><c>idle-timeout</c>, seconds: the time after which unused connections are closed.</param>
public sealed record PoolLimits(int Connections, TimeSpan AnswerTimeout, TimeSpan IdleTimeout)
{
    /// <summary>Reads them from a section.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="section">The section.</param>
    /// <param name="timeoutKey">The section's key for <see cref="AnswerTimeout"/>, seconds.</param>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static PoolLimits Read(DaemonIni ini, string section, string timeoutKey) => new(
        ini.Number(section, "connections", usual: 4, least: 1, most: 50),
        TimeSpan.FromSeconds(ini.Number(section, timeoutKey, usual: 8, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(section, "idle-timeout", usual: 300, least: 1, most: 86400)));
}
