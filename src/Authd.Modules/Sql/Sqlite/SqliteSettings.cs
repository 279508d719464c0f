using Authd.Core.Configuration;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>authsqlite's database, and section [sqlite] of authdaemond.ini.</summary>
/// <param name="Database">SQLITE_DATABASE, a file; wire text.</param>
/// <param name="BusyTimeout"><c>busy-timeout</c>: the longest wait for others' locks.</param>
/// <param name="Pool">The common keys of all SQL modules.</param>
public sealed record SqliteSettings(string Database, TimeSpan BusyTimeout, PoolLimits Pool)
{
    private const string Section = "sqlite";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static SqliteSettings Read(DaemonIni ini, string database) => new(
        database,
        TimeSpan.FromSeconds(ini.Number(Section, "busy-timeout", usual: 5, least: 0, most: 25)),
        SqlLimits.Read(ini, Section));
}
