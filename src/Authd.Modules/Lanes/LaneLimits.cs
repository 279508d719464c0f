// What the sections [pgsql], [mysql], [sqlite] and [ldap] of authdaemond.ini have in common.
using Authd.Core.Configuration;

namespace Authd.Modules.Lanes;

/// <summary>How one worker uses its connections.</summary>
/// <param name="Connections"><c>connections</c>: the most that one worker keeps open for look-ups.</param>
/// <param name="AnswerTimeout">After it a request is answered with a temporary failure.</param>
/// <param name="IdleTimeout"><c>idle-timeout</c>, seconds: unused connections are closed after it.</param>
public sealed record LaneLimits(int Connections, TimeSpan AnswerTimeout, TimeSpan IdleTimeout)
{
    /// <summary>Reads them from a section.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="section">The section.</param>
    /// <param name="timeoutKey">What the section calls <see cref="AnswerTimeout"/>, seconds.</param>
    /// <param name="connections"><see cref="Connections"/> where the section does not say.</param>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static LaneLimits Read(DaemonIni ini, string section, string timeoutKey, int connections) => new(
        ini.Number(section, "connections", usual: connections, least: 1, most: 50),
        TimeSpan.FromSeconds(ini.Number(section, timeoutKey, usual: 8, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(section, "idle-timeout", usual: 300, least: 1, most: 86400)));
}
