// The database file, for `authdaemond check --connect`.
using Authd.Linux.Sqlite;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>A file in place of a server.</summary>
/// <param name="engine">Opens it.</param>
/// <param name="settings">Which one.</param>
internal sealed class SqliteTrialServer(SqliteEngine engine, SqliteSettings settings) : ISqlTrialServer
{
    /// <inheritdoc/>
    public string Name => settings.Database;

    /// <inheritdoc/>
    public TimeSpan Limit => engine.AttemptLimit + settings.Pool.AnswerTimeout;

    /// <inheritdoc/>
    public string Key => "SQLITE_DATABASE";

    /// <inheritdoc/>
    public Task<ISqlTrialSession> ConnectAsync(CancellationToken cancel)
    {
        try
        {
            return Task.FromResult<ISqlTrialSession>(new Session(new SqliteConnection(settings)));
        }
        catch (SqliteException failure)
        {
            throw new SqlTrialException(Key, engine.Explain(new SqlFailureException(failure.Message)).Text);
        }
    }

    private sealed class Session(SqliteConnection connection) : ISqlTrialSession
    {
        public Task<string?> EncryptionAsync() => Task.FromResult<string?>(null);

        public Task<int?> DescribeAsync(SqlTemplate query, SqlValues values) => Task.FromResult(connection.Describe(query, values));

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
