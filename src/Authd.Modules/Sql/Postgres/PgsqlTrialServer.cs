// One server of a conninfo, for `authdaemond check --connect`.
using System.Data;
using Authd.Core;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>A server.</summary>
/// <param name="servers">Connects.</param>
/// <param name="host">Which one.</param>
/// <param name="user">As whom.</param>
/// <param name="limit">See <see cref="Limit"/>.</param>
internal sealed class PgsqlTrialServer(PgsqlServers servers, PgsqlHost host, string user, TimeSpan limit) : ISqlTrialServer
{
    /// <inheritdoc/>
    public string Name => $"{WireText.FromUnicode(user)}@{PgsqlConnectErrors.Name(host).Replace(' ', ',')}";

    /// <inheritdoc/>
    public TimeSpan Limit => limit;

    /// <inheritdoc/>
    public string Key => "PGSQL_CONNECTION";

    /// <inheritdoc/>
    public async Task<ISqlTrialSession> ConnectAsync(CancellationToken cancel)
    {
        try
        {
            return new Session(await servers.OpenOneAsync(host, cancel));
        }
        catch (PgsqlConnectException failure)
        {
            throw new SqlTrialException(Key, failure.Message);
        }
    }

    private sealed class Session(NpgsqlConnection connection) : ISqlTrialSession
    {
        public async Task<string?> EncryptionAsync()
        {
            try
            {
                await using NpgsqlCommand ask = new("SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()", connection);
                ask.AllResultTypesAreUnknown = true;
                return (await ask.ExecuteScalarAsync() as string)?.Replace("TLSv", "TLS", StringComparison.Ordinal);
            }
            catch (NpgsqlException)
            {
                // A pooler may stand in between.
                return null;
            }
        }

        public async Task<int?> DescribeAsync(SqlTemplate query, SqlValues values)
        {
            try
            {
                return await DescribeAsync(query, values, literals: false);
            }
            catch (PostgresException failure) when (PgsqlErrors.Trouble(failure) == SqlErrorKind.Preparation)
            {
                // As a request does.
                try
                {
                    return await DescribeAsync(query, values, literals: true);
                }
                catch (NpgsqlException again)
                {
                    throw PgsqlErrors.Statement(again);
                }
            }
            catch (NpgsqlException failure)
            {
                throw PgsqlErrors.Statement(failure);
            }
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private async Task<int?> DescribeAsync(SqlTemplate query, SqlValues values, bool literals)
        {
            int columns = 0;
            foreach (SqlStatement statement in query.Statements(PgsqlBatch.Reading(connection)))
            {
                using NpgsqlBatch batch = PgsqlBatch.New(connection);
                PgsqlBatch.Add(batch, literals ? statement.BindLiterals(values, PostgresEscapes.Quote) : statement.Bind(values));
                await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(CommandBehavior.SchemaOnly);
                columns = reader.FieldCount;
            }

            return columns;
        }
    }
}
