// The settings of authpgsql beyond its conninfo and statements: section [pgsql] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Modules.Pgsql;

/// <summary>Character set and section <c>[pgsql]</c>.</summary>
/// <param name="CharacterSet">PGSQL_CHARACTER_SET, <c>null</c> when not set.</param>
/// <param name="Prepare"><c>prepare</c>: named prepared statements and session settings; off behind a pooler in transaction mode.</param>
/// <param name="Connections"><c>connections</c>: the most that one worker keeps open for look-ups.</param>
/// <param name="ConnectTimeout"><c>connect-timeout</c>, seconds, where the conninfo has none.</param>
/// <param name="StatementTimeout"><c>statement-timeout</c>, seconds: after it the request is answered with a temporary failure.</param>
/// <param name="IdleTimeout"><c>idle-timeout</c>, seconds: unused connections are closed after it.</param>
public sealed record PgsqlSettings(
    string? CharacterSet, bool Prepare, int Connections, int ConnectTimeout, TimeSpan StatementTimeout, TimeSpan IdleTimeout)
{
    private const string Section = "pgsql";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static PgsqlSettings Read(DaemonIni ini, string? characterSet) => new(
        string.IsNullOrEmpty(characterSet) ? null : characterSet,
        ini.YesNo(Section, "prepare", usual: true),
        ini.Number(Section, "connections", usual: 2, least: 1, most: 50),
        ini.Number(Section, "connect-timeout", usual: 5, least: 1, most: 9),
        TimeSpan.FromSeconds(ini.Number(Section, "statement-timeout", usual: 8, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(Section, "idle-timeout", usual: 300, least: 1, most: 86400)));
}
