// The settings of authpgsql beyond its conninfo and statements: section [pgsql] of authdaemond.ini.
using Authd.Core.Configuration;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Pgsql;

/// <summary>Character set and section <c>[pgsql]</c>.</summary>
/// <param name="CharacterSet">PGSQL_CHARACTER_SET, <c>null</c> when not set.</param>
/// <param name="Prepare"><c>prepare</c>: named prepared statements and session settings; off behind a pooler in transaction mode.</param>
/// <param name="ConnectTimeout"><c>connect-timeout</c>, seconds, where the conninfo has none.</param>
/// <param name="Pool">The keys that all SQL modules have.</param>
public sealed record PgsqlSettings(string? CharacterSet, bool Prepare, int ConnectTimeout, LaneLimits Pool)
{
    private const string Section = "pgsql";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static PgsqlSettings Read(DaemonIni ini, string? characterSet) => new(
        string.IsNullOrEmpty(characterSet) ? null : characterSet,
        ini.YesNo(Section, "prepare", usual: true),
        SqlLimits.ReadConnectTimeout(ini, Section),
        SqlLimits.Read(ini, Section, connections: 2));
}
