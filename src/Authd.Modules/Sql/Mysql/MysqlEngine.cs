using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Linux.Mariadb;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Mysql;

/// <summary>Connections to MariaDB and MySQL for one configuration.</summary>
/// <param name="settings">The configuration.</param>
/// <param name="role">Which of its servers will do.</param>
/// <param name="log">The log.</param>
public sealed class MysqlEngine(MysqlSettings settings, MysqlRole role, Log log) : BlockingEngine(log)
{
    private const int WholeAttempt = 8;
    private const uint UsualPort = 3306;
    private const uint HeaderVersion = 101102;
    private static readonly TimeSpan ListSilence = TimeSpan.FromSeconds(25);
    private volatile bool _prepares = true;

    /// <inheritdoc/>
    public override string ModuleName => MysqlModule.Name;

    /// <inheritdoc/>
    public override string? LostLine => "authmysqllib: mysql_ping failed, connection lost";

    /// <inheritdoc/>
    public override TimeSpan AttemptLimit => TimeSpan.FromSeconds((ServerTimeout * settings.Logins.Count) + 1);

    /// <summary>Seconds for each server; all of them together stay below ten seconds.</summary>
    private int ServerTimeout => Math.Clamp(WholeAttempt / settings.Logins.Count, 1, settings.ConnectTimeout);

    /// <inheritdoc/>
    public override ConnectFailure Explain(Exception failure)
    {
        SqlErrorKind trouble = failure is SqlFailureException known ? known.Trouble : SqlErrorKind.Connection;
        string reason = failure is OperationCanceledException ? "no answer in time" : failure.Message;
        string text = failure is SqlFailureException
            ? reason : $"failed to connect to mysql server ({Shown(settings.Logins[0])}): {reason}";
        return new ConnectFailure(text, text.Split('\n'), trouble != SqlErrorKind.Connection, trouble == SqlErrorKind.Refusal);
    }

    /// <inheritdoc/>
    protected override PooledConnection<SqlRequest> NewConnection(ISqlConnection connection) =>
        new MysqlPooledConnection((MysqlConnection)connection, EventLoop.OfProcess, _prepares, CannotPrepare, Log);

    /// <inheritdoc/>
    protected override ISqlConnection Connect(bool streaming)
    {
        List<SqlFailureException> failures = [];
        MysqlConnection? second = null;
        foreach (MariadbLogin login in settings.Logins)
        {
            try
            {
                MysqlConnection connection = Connect(login, streaming ? ListSilence : settings.Pool.AnswerTimeout, streaming);
                if (role == MysqlRole.Any || connection.IsReadOnly == (role == MysqlRole.PreferReplica))
                {
                    second?.Dispose();
                    return connection;
                }

                if (role == MysqlRole.PreferReplica && second is null)
                {
                    second = connection;
                    continue;
                }

                connection.Dispose();
                failures.Add(new SqlFailureException($"authmysql: {Shown(login)} is read-only, and changes need the primary"));
            }
            catch (SqlFailureException failure)
            {
                failures.Add(failure);
            }
        }

        return second
            ?? throw new SqlFailureException(failures[^1].Trouble, string.Join('\n', failures.Select(failure => failure.Message)));
    }

    /// <summary>A future libmariadb may agree on other packets than we know; then everything goes through it, as text.</summary>
    private void CannotPrepare()
    {
        _prepares = false;
        Log.Debug("authmysql: prepared statements are not understood, using text");
    }

    /// <summary>Connects to one server, blocking.</summary>
    /// <exception cref="SqlFailureException">It cannot be done; its code is the setting to blame, if that is known.</exception>
    internal MysqlConnection ConnectForTrial(MariadbLogin login) => Connect(login, settings.Pool.AnswerTimeout, streaming: true);

    /// <summary>Host and port, or the socket.</summary>
    internal static string Place(MariadbLogin login) => IsSocket(login) ? login.Socket ?? login.Host ?? "localhost"
        : $"{login.Host}:{(login.Port == 0 ? UsualPort : login.Port)}";

    private string Shown(MariadbLogin login) =>
        $"server={login.Host ?? "<null>"}, {Way(login)}userid={login.User}, database={settings.Database}";

    /// <summary>Port or socket, where the configuration has one or the library has no choice.</summary>
    private static string Way(MariadbLogin login) => IsSocket(login) ? login.Socket is { } path ? $"socket={path}, " : ""
        : $"port={(login.Port == 0 ? UsualPort : login.Port)}, ";

    private static bool IsSocket(MariadbLogin login) => login.Host is null or "localhost";

    private MysqlConnection Connect(MariadbLogin login, TimeSpan timeout, bool streaming)
    {
        MariadbClient client = Try(login, $"failed to connect to mysql server ({Shown(login)}): ", () => new MariadbClient(login with
        {
            ConnectTimeout = (uint)ServerTimeout,

            // The server's own limit comes first, if it has one.
            Timeout = (uint)timeout.TotalSeconds + 1,
            DoesNotBlock = !streaming,
        }));
        try
        {
            RequireTls(client, login);
            Try(login, $"authmysql: mysql_select_db({settings.Database}) error ({Shown(login)}): ", () => client.Select(settings.Database));
            Log.Debug($"authmysqllib: connected. Versions: header {HeaderVersion}, "
                + $"client {MariadbClient.LibraryVersion}, server {client.ServerVersion}");
            return Try(login, "authmysql: ", () => new MysqlConnection(
                client, settings.CharacterSet, streaming ? TimeSpan.Zero : timeout, role, Log));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The library continues in clear text when the server has no TLS. This refuses that over a network if TLS was requested.
    /// </summary>
    private void RequireTls(MariadbClient client, MariadbLogin login)
    {
        if (login.Tls is not null && login.Host is not (null or "localhost") && client.Cipher is null)
        {
            throw new SqlFailureException(SqlErrorKind.Refusal, $"failed to connect to mysql server ({Shown(login)}): "
                + "MYSQL_SSL_CACERT or _CAPATH is set, but the server has no TLS; switch it on there, or take the key out of authmysqlrc");
        }
    }

    private static void Try(MariadbLogin login, string what, Action action) => Try(login, what, () =>
    {
        action();
        return true;
    });

    private static T Try<T>(MariadbLogin login, string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (MariadbException failure)
        {
            string cure = MysqlErrors.ConnectCure(failure, IsSocket(login));
            throw new SqlFailureException(
                MysqlErrors.ConnectTrouble(failure), $"{what}{failure.Message}{(cure.Length > 0 ? $"; {cure}" : "")}")
            {
                Code = MysqlErrors.BlamedKey(failure),
            };
        }
    }
}
