// MariaDB and MySQL as SqlDatabase uses them.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>Connections of one configuration.</summary>
/// <param name="settings">The configuration.</param>
/// <param name="log">The log.</param>
public sealed class MysqlEngine(MysqlSettings settings, Log log) : BlockingEngine(log)
{
    private const int WholeAttempt = 8;
    private const uint HeaderVersion = 101102;
    private static readonly TimeSpan ListSilence = TimeSpan.FromSeconds(25);
    private volatile bool _prepares = true;

    /// <inheritdoc/>
    public override string ModuleName => MysqlModule.Name;

    /// <inheritdoc/>
    public override string? LostLine => "authmysqllib: mysql_ping failed, connection lost";

    /// <inheritdoc/>
    public override TimeSpan AttemptLimit => TimeSpan.FromSeconds((ServerTimeout * settings.Logins.Count) + 1);

    /// <summary>Seconds for each server: all of them together stay below ten seconds.</summary>
    private int ServerTimeout => Math.Clamp(WholeAttempt / settings.Logins.Count, 1, settings.ConnectTimeout);

    /// <inheritdoc/>
    public override Absence Explain(Exception failure)
    {
        SqlTrouble trouble = failure is SqlFailureException known ? known.Trouble : SqlTrouble.Connection;
        string reason = failure is OperationCanceledException ? "no answer in time" : failure.Message;
        string text = failure is SqlFailureException
            ? reason : $"failed to connect to mysql server ({Shown(settings.Logins[0])}): {reason}";
        return new Absence(text, text.Split('\n'), trouble != SqlTrouble.Connection, trouble == SqlTrouble.Refusal);
    }

    /// <inheritdoc/>
    protected override Lane<SqlJob> NewLane(ISqlConnection connection, LaneThread thread)
    {
        // The thread was for looking the server's name up and for what follows until the session is set up.
        _ = thread.EndAsync(static () => { });
        return new MysqlLane((MysqlConnection)connection, SocketEvents.OfProcess, _prepares, CannotPrepare, Log);
    }

    /// <inheritdoc/>
    protected override ISqlConnection Connect(bool streaming)
    {
        List<SqlFailureException> failures = [];
        foreach (MariadbLogin login in settings.Logins)
        {
            try
            {
                return Connect(login, streaming ? ListSilence : settings.Pool.AnswerTimeout, streaming);
            }
            catch (SqlFailureException failure)
            {
                failures.Add(failure);
            }
        }

        throw new SqlFailureException(failures[^1].Trouble, string.Join('\n', failures.Select(failure => failure.Message)));
    }

    /// <summary>A libmariadb of days to come may agree on other packets than we know: then all goes through it, as text.</summary>
    private void CannotPrepare()
    {
        _prepares = false;
        Log.Debug("authmysql: prepared statements are not understood, using text");
    }

    private static string Shown(MariadbLogin login) => $"server={login.Host ?? "<null>"}, userid={login.User}";

    private MysqlConnection Connect(MariadbLogin login, TimeSpan timeout, bool streaming)
    {
        MariadbClient client = Try($"failed to connect to mysql server ({Shown(login)}): ", () => new MariadbClient(login with
        {
            ConnectTimeout = (uint)ServerTimeout,

            // The server's own limit comes first, if it can.
            Timeout = (uint)timeout.TotalSeconds + 1,
            DoesNotBlock = !streaming,
        }));
        try
        {
            RequireTls(client, login);
            Try($"authmysql: mysql_select_db({settings.Database}) error: ", () => client.Select(settings.Database));
            Log.Debug($"authmysqllib: connected. Versions: header {HeaderVersion}, "
                + $"client {MariadbClient.LibraryVersion}, server {client.ServerVersion}");
            return Try("authmysql: ", () => new MysqlConnection(
                client, settings.CharacterSet, streaming ? TimeSpan.Zero : timeout, Log));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The library goes on in clear text when the server has no TLS: not over a network, when TLS was asked for.
    /// </summary>
    private static void RequireTls(MariadbClient client, MariadbLogin login)
    {
        if (login.Tls is not null && login.Host is not (null or "localhost") && client.Cipher is null)
        {
            throw new SqlFailureException(SqlTrouble.Refusal, $"failed to connect to mysql server ({Shown(login)}): "
                + "MYSQL_SSL_CACERT or _CAPATH is set, but the server has no TLS");
        }
    }

    private static void Try(string what, Action action) => Try(what, () =>
    {
        action();
        return true;
    });

    private static T Try<T>(string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (MariadbException failure)
        {
            throw new SqlFailureException(MysqlErrors.ConnectTrouble(failure), what + failure.Message);
        }
    }
}
