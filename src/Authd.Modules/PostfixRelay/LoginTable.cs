using Authd.Core;
using Authd.Core.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Libraries;
using Authd.Linux.Mariadb;
using Authd.Linux.Sqlite;
using Authd.Modules.Sql.Postgres;
using Npgsql;

namespace Authd.Modules.PostfixRelay;

/// <summary>Opens the login table that a text in Postfix's notation (type:name) names, and explains failures.</summary>
public static class LoginTable
{
    private const string Proxy = "proxy:";

    /// <summary>The table called <paramref name="notation"/>; it is not opened yet.</summary>
    /// <param name="notation"><c>pgsql:/etc/postfix/logins.cf</c> and so on; wire text.</param>
    /// <param name="stateDirectory">The directory of the daemon's socket and of its own tables.</param>
    /// <exception cref="ConfigurationException">The table's type cannot be written to.</exception>
    public static ILoginTable Open(string notation, string stateDirectory)
    {
        // proxy: is Postfix's own way to share a connection; a writer uses the table behind it.
        string bare = notation.StartsWith(Proxy, StringComparison.Ordinal) ? notation[Proxy.Length..] : notation;
        int colon = bare.IndexOf(':');
        string type = colon < 0 ? "" : bare[..colon];
        string name = WireText.ToUnicode(bare[(colon + 1)..]);
        return type switch
        {
            "pgsql" => new SqlLoginTable(File(type, name), PgsqlLogins.Servers, PgsqlLogins.AddNeeds),
            "mysql" => new SqlLoginTable(File(type, name, OnDemandLibrary.Mariadb), MysqlLogins.Servers, MysqlLogins.AddNeeds),
            "sqlite" => new SqlLoginTable(File(type, name, OnDemandLibrary.Sqlite), SqliteLogins.Servers, SqliteLogins.AddNeeds),
            "lmdb" => new LmdbLogins(File(type, name, OnDemandLibrary.Lmdb) + ".lmdb"),
            "socketmap" => new SocketmapLogins(name, stateDirectory),
            "hash" or "btree" or "dbm" or "cdb" or "sdbm" => throw Bad(
                $"every change of a {type}: table makes Postfix restart its processes: use lmdb: in its place, or socketmap:"),
            "" => throw Bad($"'{notation}' is not of the form type:name"),
            _ => throw Bad($"tables of type {type}: cannot be written to; use pgsql:, mysql:, sqlite:, lmdb: or socketmap:"),
        };
    }

    /// <summary>The message for an expected failure of a table; <c>null</c> for a bug.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        OperationCanceledException or TimeoutException => "no answer in time",
        NpgsqlException => PgsqlErrors.Text(failure),
        MariadbException or SqliteException or ConfigurationException => failure.Message,
        IOException or UnauthorizedAccessException => FileTrouble.Text(failure),
        _ => null,
    };

    private static string File(string type, string name) => name.StartsWith('/')
        ? name : throw Bad($"{type}:{name}: the name of a file, from / on, is needed");

    private static string File(string type, string name, string library) =>
        OnDemandLibrary.LoadError(library) is { } complaint ? throw Bad($"{type}: {complaint}") : File(type, name);

    private static ConfigurationException Bad(string problem) => new(problem);
}
