using System.Globalization;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Modules.Pool;
using Authd.Modules.Sql.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Authd.Modules.PostfixRelay;

/// <summary>One connection to logins in PostgreSQL. The columns may
/// have any types whose text is an address and a number.</summary>
internal sealed class PgsqlLogins : ILoginConnection
{
    private const int Seconds = 5;
    private readonly PgsqlServers _servers;
    private readonly NpgsqlConnection _connection;
    private readonly LoginColumns _columns;

    private PgsqlLogins(PgsqlOptions options, LoginColumns columns)
    {
        // No session settings and no prepared statements, so that every pooler can be used.
        PgsqlSettings settings = new(
            CharacterSet: null, Prepare: false, Seconds, new PoolLimits(1, TimeSpan.FromSeconds(Seconds), TimeSpan.MaxValue));
        _columns = columns;
        _servers = new PgsqlServers(options, settings, Log.None);
        using CancellationTokenSource limit = new(_servers.AttemptLimit);
        try
        {
            _connection = _servers.OpenAsync(streaming: false, limit.Token).GetAwaiter().GetResult();
        }
        catch
        {
            CloseServers();
            throw;
        }
    }

    /// <summary>Functions that connect: to the first of all <c>hosts</c>
    /// that can be written to, or to each URI in turn.</summary>
    public static IEnumerable<Func<ILoginConnection>> Servers(PostfixMap map)
    {
        LoginColumns columns = map.Columns();
        return [.. Conninfos(map).Select<string, Func<ILoginConnection>>(conninfo =>
        {
            PgsqlOptions options = Options(map, conninfo);
            return () => new PgsqlLogins(options, columns);
        })];
    }

    internal static void AddNeeds(PostfixMap map, WorkerNeeds needs)
    {
        foreach (string conninfo in Conninfos(map))
        {
            PgsqlModule.AddNeeds(PostfixModule.Name, Options(map, conninfo), needs);
        }
    }

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins)
    {
        foreach (Login login in logins)
        {
            Run(
                $"INSERT INTO {_columns.Table} AS entry ({_columns.Key}, {_columns.Value}) VALUES ($1, $2) "
                + $"ON CONFLICT ({_columns.Key}) DO UPDATE SET {_columns.Value} = excluded.{_columns.Value} WHERE {IsTime("entry.")}",
                login.Address,
                LoginTime.Text(login.Time));
        }
    }

    /// <inheritdoc/>
    public void RemoveUpTo(long time) => Run(
        $"DELETE FROM {_columns.Table} WHERE CASE WHEN {IsTime("")} THEN {_columns.Value}::text::bigint <= $1 ELSE false END",
        LoginTime.Text(time));

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        CloseServers();
    }

    private void CloseServers() => _servers.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static PgsqlOptions Options(PostfixMap map, string conninfo)
    {
        try
        {
            // The PG... variables of authdaemonrc are for authpgsql; Postfix does not see them.
            return new PgsqlOptions(conninfo, new ConninfoDefaults(static _ => null));
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or NotSupportedException)
        {
            throw map.Bad("hosts", wrong.Message);
        }
    }

    private static IEnumerable<string> Conninfos(PostfixMap map)
    {
        ILookup<bool, string> hosts = map.Hosts.ToLookup(static host =>
            host.StartsWith("postgresql://", StringComparison.Ordinal) || host.StartsWith("postgres://", StringComparison.Ordinal));
        if (hosts[false].Any())
        {
            MapHost[] plain = [.. hosts[false].Select(map.Host)];
            string names = string.Join(',', plain.Select(static host => host.Socket ?? host.Host));
            string ports = string.Join(',', plain.Select(static host =>
                host.Port == 0 ? "5432" : host.Port.ToString(CultureInfo.InvariantCulture)));

            // Several hosts are a primary and its standbys, in any order.
            string target = plain.Length > 1 ? " target_session_attrs=read-write" : "";
            yield return $"host={Quoted(names)} port={ports} dbname={Quoted(map.Require("dbname"))} "
                + $"user={Quoted(map["user"] ?? "")} password={Quoted(map["password"] ?? "")}{target}";
        }

        foreach (string uri in hosts[true])
        {
            yield return uri;
        }
    }

    private static string Quoted(string value) =>
        $"'{value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";

    /// <summary><see cref="LoginTime.Parse"/> in SQL.</summary>
    private string IsTime(string table) => $"{table}{_columns.Value}::text ~ '^[1-9][0-9]{{0,17}}$'";

    private void Run(string sql, params string[] values)
    {
        using NpgsqlCommand command = new(sql, _connection) { CommandTimeout = Seconds };
        foreach (string value in values)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Unknown, TypedValue = value });
        }

        command.ExecuteNonQuery();
    }
}
