using Authd.Core.Configuration;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Postgres;

/// <summary>authpgsql's settings besides conninfo and statements: the
/// character set, and section <c>[pgsql]</c> of authdaemond.ini.</summary>
/// <param name="CharacterSet">PGSQL_CHARACTER_SET, <c>null</c> when not set.</param>
/// <param name="Prepare"><c>prepare</c>: named prepared statements and session settings; off behind a pooler in transaction mode.</param>
/// <param name="ConnectTimeout"><c>connect-timeout</c>, seconds, if the conninfo has none.</param>
/// <param name="Pool">The common keys of all SQL modules.</param>
/// <param name="Lookups"><c>lookups</c>: the servers for lookups, logins and lists, while changes go to the primary; <c>null</c>:
/// all go to the conninfo's servers.</param>
public sealed record PgsqlSettings(
    string? CharacterSet, bool Prepare, int ConnectTimeout, PoolLimits Pool, string? Lookups = null)
{
    private const string Section = "pgsql";

    private static readonly Dictionary<string, string> LookupServers = new(StringComparer.Ordinal)
    {
        ["any"] = "any",
        ["primary"] = "primary",
        ["prefer-standby"] = "prefer-standby",
    };

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static PgsqlSettings Read(DaemonIni ini, string? characterSet) => new(
        string.IsNullOrEmpty(characterSet) ? null : characterSet,
        ini.YesNo(Section, "prepare", usual: true),
        SqlLimits.ReadConnectTimeout(ini, Section),
        SqlLimits.Read(ini, Section),
        ini.OneOf(Section, "lookups", LookupServers));
}
