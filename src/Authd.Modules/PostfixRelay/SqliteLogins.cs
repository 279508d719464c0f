using Authd.Core.Chain;
using Authd.Linux.Files;
using Authd.Linux.Sqlite;

namespace Authd.Modules.PostfixRelay;

/// <summary>One connection to logins in an SQLite database.</summary>
internal sealed class SqliteLogins : ILoginConnection
{
    private const int BusyMilliseconds = 5000;
    private readonly SqliteClient _client;
    private readonly LoginColumns _columns;
    private readonly byte[] _name;
    private readonly ulong? _inode;

    private SqliteLogins(string path, LoginColumns columns)
    {
        _columns = columns;
        _name = FileStamp.Name(Core.WireText.ToUnicode(path));
        _inode = FileStamp.Of(_name)?.Inode;
        _client = SqliteClient.Open(path, BusyMilliseconds);
    }

    /// <summary>A function that opens <c>dbpath</c>.</summary>
    public static IEnumerable<Func<ILoginConnection>> Servers(PostfixMap map)
    {
        LoginColumns columns = map.Columns();
        string path = map.Require("dbpath");
        return [() => new SqliteLogins(path, columns)];
    }

    internal static void AddNeeds(PostfixMap map, WorkerNeeds needs) =>
        needs.Write(PostfixModule.Name, Core.WireText.ToUnicode(map.Require("dbpath")));

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins)
    {
        CheckPlace();
        Run("BEGIN IMMEDIATE");
        foreach (Login login in logins)
        {
            Run(
                $"INSERT INTO {_columns.Table} AS entry ({_columns.Key}, {_columns.Value}) VALUES (?1, ?2) "
                + $"ON CONFLICT ({_columns.Key}) DO UPDATE SET {_columns.Value} = excluded.{_columns.Value} WHERE {IsTime("entry.")}",
                login.Address,
                LoginTime.Text(login.Time));
        }

        Run("COMMIT");
    }

    /// <inheritdoc/>
    public void RemoveUpTo(long time)
    {
        CheckPlace();
        Run(
            $"DELETE FROM {_columns.Table} WHERE {IsTime("")} AND CAST({_columns.Value} AS INTEGER) <= CAST(?1 AS INTEGER)",
            LoginTime.Text(time));
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Fails when the file was replaced, so that the database is opened anew.</summary>
    private void CheckPlace()
    {
        if (FileStamp.Of(_name)?.Inode != _inode)
        {
            throw new SqliteException("the database has been replaced");
        }
    }

    /// <summary><see cref="LoginTime.Parse"/> in SQL.</summary>
    private string IsTime(string table)
    {
        string value = table + _columns.Value;
        return $"{value} GLOB '[1-9]*' AND {value} NOT GLOB '*[^0-9]*' AND length({value}) <= 18";
    }

    private void Run(string sql, params string[] values) => _ = _client.Rows(sql, values).Count();
}
