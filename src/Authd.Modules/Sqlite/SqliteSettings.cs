// Where authsqlite's database is, and section [sqlite] of authdaemond.ini.
using Authd.Core.Configuration;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Sqlite;

/// <summary>One configuration.</summary>
/// <param name="Database">SQLITE_DATABASE, a file; wire text.</param>
/// <param name="BusyTimeout"><c>busy-timeout</c>: how long to wait for others' locks.</param>
/// <param name="Pool">The keys that all SQL modules have.</param>
public sealed record SqliteSettings(string Database, TimeSpan BusyTimeout, LaneLimits Pool)
{
    private const string Section = "sqlite";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static SqliteSettings Read(DaemonIni ini, string database) => new(
        database,
        TimeSpan.FromSeconds(ini.Number(Section, "busy-timeout", usual: 5, least: 0, most: 25)),
        SqlLimits.Read(ini, Section, connections: 4));
}
