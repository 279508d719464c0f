// Finds the login table that a text in Postfix's notation (type:name) means: one line a type.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Interop;
using Authd.Modules.Pgsql;
using Npgsql;

namespace Authd.Modules.Postfix;

/// <summary>Opens login tables, and knows their failures.</summary>
public static class LoginTable
{
    private const string Proxy = "proxy:";

    /// <summary>The table called <paramref name="notation"/>; nothing of it is opened yet.</summary>
    /// <param name="notation"><c>pgsql:/etc/postfix/logins.cf</c> and so on; wire text.</param>
    /// <param name="stateDirectory">The directory of the daemon's socket, where its own tables are.</param>
    /// <exception cref="ConfigurationException">It is no table that can be written to.</exception>
    public static ILoginTable Open(string notation, string stateDirectory)
    {
        // Postfix's own way to share one connection; for whoever writes it is the table behind it that counts.
        string bare = notation.StartsWith(Proxy, StringComparison.Ordinal) ? notation[Proxy.Length..] : notation;
        int colon = bare.IndexOf(':');
        string type = colon < 0 ? "" : bare[..colon];
        string name = WireText.ToUnicode(bare[(colon + 1)..]);
        return type switch
        {
            "pgsql" => new SqlLoginTable(File(type, name), PgsqlLogins.Servers),
            "mysql" => new SqlLoginTable(File(type, name, OnDemandLibrary.Mariadb), MysqlLogins.Servers),
            "sqlite" => new SqlLoginTable(File(type, name, OnDemandLibrary.Sqlite), SqliteLogins.Servers),
            "lmdb" => new LmdbLogins(File(type, name, OnDemandLibrary.Lmdb) + ".lmdb"),
            "socketmap" => new SocketmapLogins(name, stateDirectory),
            "hash" or "btree" or "dbm" or "cdb" or "sdbm" => throw Bad(
                $"every change of a {type}: table makes Postfix restart its processes: use lmdb: in its place, or socketmap:"),
            "" => throw Bad($"'{notation}' is not of the form type:name"),
            _ => throw Bad($"tables of type {type}: cannot be written to; use pgsql:, mysql:, sqlite:, lmdb: or socketmap:"),
        };
    }

    /// <summary>What to say about a failure of a table; <c>null</c> when it is none of the expected ones, but a bug.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        OperationCanceledException or TimeoutException => "no answer in time",
        NpgsqlException => PgsqlErrors.Text(failure),
        MariadbException or SqliteException or ConfigurationException => failure.Message,
        IOException or UnauthorizedAccessException => failure.Message,
        _ => null,
    };

    private static string File(string type, string name) => name.StartsWith('/')
        ? name : throw Bad($"{type}:{name}: the name of a file, from / on, is needed");

    private static string File(string type, string name, string library) =>
        OnDemandLibrary.Complaint(library) is { } complaint ? throw Bad($"{type}: {complaint}") : File(type, name);

    private static ConfigurationException Bad(string problem) => new(problem);
}
