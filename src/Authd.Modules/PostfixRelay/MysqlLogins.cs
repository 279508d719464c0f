using Authd.Core.Chain;
using Authd.Linux.Mariadb;
using Authd.Modules.Sql.Mysql;

namespace Authd.Modules.PostfixRelay;

/// <summary>One connection to logins in MariaDB or MySQL.</summary>
internal sealed class MysqlLogins : ILoginConnection
{
    private const uint Seconds = 5;

    // CLIENT_FOUND_ROWS: an entry that already holds the same time counts as found.
    private const uint CountFoundRows = 2;
    private const uint DuplicateKey = 1062;
    private readonly MariadbClient _client;
    private readonly LoginColumns _columns;

    private MysqlLogins(MariadbLogin login, string database, LoginColumns columns)
    {
        _columns = columns;
        _client = new MariadbClient(login);
        try
        {
            _client.Select(database);
        }
        catch
        {
            _client.Dispose();
            throw;
        }
    }

    /// <summary>Functions that connect to each of <c>hosts</c>, Unix sockets first as in Postfix.</summary>
    public static IEnumerable<Func<ILoginConnection>> Servers(PostfixMap map)
    {
        if (map["option_file"] is not null)
        {
            throw map.Bad("option_file", "is not read: give user and password here");
        }

        LoginColumns columns = map.Columns();
        string database = map.Require("dbname");
        return [.. map.Hosts.Select(map.Host).OrderBy(static host => host.Socket is null).Select(host => Login(map, host))
            .Select<MariadbLogin, Func<ILoginConnection>>(login => () => new MysqlLogins(login, database, columns))];
    }

    internal static void AddNeeds(PostfixMap map, WorkerNeeds needs) =>
        MysqlModule.AddNeeds(PostfixModule.Name, map.Hosts.Select(host => Login(map, map.Host(host))), needs);

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins)
    {
        foreach (Login login in logins)
        {
            Record(login);
        }
    }

    /// <inheritdoc/>
    public void RemoveUpTo(long time) => _client.Run(
        $"DELETE FROM {_columns.Table} WHERE {IsTime} AND CAST({_columns.Value} AS UNSIGNED) <= {LoginTime.Text(time)}");

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary><see cref="LoginTime.Parse"/> in SQL.</summary>
    private string IsTime => $"{_columns.Value} REGEXP '^[1-9][0-9]{{0,17}}$'";

    /// <summary>The table need not have a key: tables made by the old
    /// manual have none. Address and time need no escapes.</summary>
    private void Record(Login login)
    {
        string time = LoginTime.Text(login.Time);
        (_, _, long found) = _client.Run(
            $"UPDATE {_columns.Table} SET {_columns.Value} = '{time}' WHERE {_columns.Key} = '{login.Address}' AND {IsTime}");
        if (found > 0)
        {
            return;
        }

        try
        {
            _client.Run(
                $"INSERT INTO {_columns.Table} ({_columns.Key}, {_columns.Value}) SELECT '{login.Address}', '{time}' FROM DUAL "
                + $"WHERE NOT EXISTS (SELECT 1 FROM {_columns.Table} WHERE {_columns.Key} = '{login.Address}')");
        }
        catch (MariadbException other) when (other.Code == DuplicateKey)
        {
            // Another process has just recorded the same address.
        }
    }

    private static MariadbLogin Login(PostfixMap map, MapHost host) => new()
    {
        Host = host.Socket is null ? host.Host : null,
        Socket = host.Socket,
        Port = (uint)host.Port,
        User = map["user"] ?? "",
        Password = map["password"] ?? "",
        Flags = CountFoundRows,
        Tls = Tls(map),
        ConnectTimeout = Seconds,
        Timeout = Seconds,
    };

    private static MariadbTls? Tls(PostfixMap map)
    {
        MariadbTls tls = new(map["tls_key_file"], map["tls_cert_file"], map["tls_CAfile"], map["tls_CApath"], map["tls_ciphers"]);
        return tls == new MariadbTls(null, null, null, null, null) ? null : tls;
    }
}
