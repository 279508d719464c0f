// One server of MYSQL_SERVER, for `authdaemond check --connect`.
using Authd.Linux.Mariadb;

namespace Authd.Modules.Sql.Mysql;

/// <summary>A server.</summary>
/// <param name="engine">Connects.</param>
/// <param name="login">To which one.</param>
/// <param name="limit">See <see cref="Limit"/>.</param>
internal sealed class MysqlTrialServer(MysqlEngine engine, MariadbLogin login, TimeSpan limit) : ISqlTrialServer
{
    /// <inheritdoc/>
    public string Name => $"{login.User}@{MysqlEngine.Place(login)}";

    /// <inheritdoc/>
    public TimeSpan Limit => limit;

    /// <inheritdoc/>
    public string Key => login.Host is null ? "MYSQL_SOCKET" : "MYSQL_SERVER";

    /// <inheritdoc/>
    public Task<ISqlTrialSession> ConnectAsync(CancellationToken cancel)
    {
        try
        {
            return Task.FromResult<ISqlTrialSession>(new Session(engine.ConnectForTrial(login)));
        }
        catch (SqlFailureException failure)
        {
            throw new SqlTrialException(failure.Code is { Length: > 0 } key ? key : Key, failure.Message);
        }
    }

    private sealed class Session(MysqlConnection connection) : ISqlTrialSession
    {
        public Task<string?> EncryptionAsync() => Task.FromResult(connection.Encryption);

        public Task<int?> DescribeAsync(SqlTemplate query, SqlValues values) => Task.FromResult(connection.Describe(query, values));

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
