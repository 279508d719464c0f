using Authd.Core.Logging;
using Authd.Modules.Pool;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>A pooled connection to PostgreSQL, and the way of statements over it. For one caller at a time.</summary>
/// <param name="connection">The open connection.</param>
/// <param name="log">The log.</param>
internal sealed class PgsqlConnection(NpgsqlConnection connection, Log log) : PooledConnection<SqlRequest>
{
    private readonly SqlLexicalMode _reading = PgsqlBatch.Reading(connection);

    // In these encodings a byte that looks like a quote or a backslash may be half of a character.
    private readonly bool _literalsMustBeAscii = connection.PostgresParameters.GetValueOrDefault("client_encoding", "") is
        "SJIS" or "SHIFT_JIS_2004" or "BIG5" or "GBK" or "UHC" or "GB18030" or "JOHAB";

    private readonly bool _isUtf8 = connection.PostgresParameters.GetValueOrDefault("client_encoding", "") is var client
        && (client == "SQL_ASCII" ? connection.PostgresParameters.GetValueOrDefault("server_encoding", "") : client) == "UTF8";

    private readonly PgsqlLookups _lookups = new(connection);
    private readonly List<SqlRequest> _sending = [];

    private readonly bool _prepares = new NpgsqlConnectionStringBuilder(connection.ConnectionString).MaxAutoPrepare > 0;

    // The templates that the server has described on this connection.
    private readonly HashSet<SqlTemplate> _described = [];
    private readonly SqlComplaints _complaints = new(PgsqlModule.Name, log);

    /// <summary>The session of a change.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="literals">Values are sent as literals.</param>
    private sealed class Session(PgsqlConnection connection, bool literals) : ISqlSession
    {
        public async ValueTask<SqlResult> RunAsync(SqlTemplate query, SqlValues values)
        {
            // The proof is a lookup that has run before, so its form is known.
            bool asLiterals = query.NeedsLiterals || (literals && !query.GivesRows);
            using NpgsqlBatch batch = connection.Compose(query, values, asLiterals);
            try
            {
                return await connection.RunAsync(query, batch, asLiterals, all: null);
            }
            catch (Exception failure)
            {
                throw PgsqlErrors.Statement(failure);
            }
        }

        public ValueTask BeginAsync() => ExecuteAsync("BEGIN");

        public ValueTask EndAsync(bool keep) => ExecuteAsync(keep ? "COMMIT" : "ROLLBACK");

        private async ValueTask ExecuteAsync(string sql)
        {
            try
            {
                await using NpgsqlCommand command = new(sql, connection.Connection);
                await command.ExecuteNonQueryAsync();
            }
            catch (Exception failure)
            {
                throw PgsqlErrors.Statement(failure);
            }
        }
    }

    private NpgsqlConnection Connection => connection;

    /// <inheritdoc/>
    public override async Task<bool> SendAsync()
    {
        _sending.Clear();
        _sending.AddRange(Group.Where(IsToBeSent));
        return _sending switch
        {
            [] => true,
            [{ CanShare: false } request] => await SendOneAsync(request),

            // The rest stays in the queue.
            [var request, ..] when _prepares && !_described.Contains(request.Template) => await SendOneAsync(request),
            _ => await SendTogetherAsync(),
        };
    }

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception broken) when (broken is NpgsqlException or IOException)
        {
            log.Debug($"authpgsql: closing a connection: {PgsqlErrors.Text(broken)}");
        }
    }

    /// <summary>Checks a name before it is sent: one that the database's encoding cannot hold is unknown.</summary>
    private bool IsToBeSent(SqlRequest request)
    {
        if (!PgsqlText.Fits(request.Template, request.Values, _isUtf8))
        {
            request.Complete(SqlResult.Unrepresentable);
        }

        return !request.IsAnswered;
    }

    private async Task<bool> SendOneAsync(SqlRequest request)
    {
        SqlErrorKind trouble = await TryAsync(request, request.Template.NeedsLiterals, reportPreparation: request.Template.NeedsLiterals);
        if (trouble == SqlErrorKind.Preparation && !request.IsAnswered)
        {
            trouble = await TryAsync(request, literals: true, reportPreparation: true);
        }

        return trouble != SqlErrorKind.Connection;
    }

    private async Task<SqlErrorKind> TryAsync(SqlRequest request, bool literals, bool reportPreparation)
    {
        try
        {
            if (request.IsChange)
            {
                request.CompleteLater(await SqlChange.RunAsync(new Session(this, literals), request));
            }
            else
            {
                using NpgsqlBatch batch = Compose(request.Template, request.Values, literals);
                if (!literals)
                {
                    await DescribeAsync(request.Template, batch);
                }

                request.CompleteLater(await RunAsync(request.Template, batch, literals, request.IsList ? [] : null));
            }

            return SqlErrorKind.Statement;
        }
        catch (SqlRefusedException refused)
        {
            request.Complete(_complaints.Answer(request, refused));
            return SqlErrorKind.Statement;
        }
        catch (Exception failure)
        {
            SqlErrorKind trouble = failure is SqlFailureException known ? known.Trouble : PgsqlErrors.Trouble(failure);
            bool canBeLiteral = trouble == SqlErrorKind.Preparation && !reportPreparation && !request.Template.GivesRows;
            if (!canBeLiteral)
            {
                Judge(request, trouble, failure);
            }

            return canBeLiteral || trouble != SqlErrorKind.Preparation ? trouble : SqlErrorKind.Statement;
        }
    }

    /// <summary>
    /// Has the server describe a lookup's columns before it sees values. A lookup that the server accepted, but not with the
    /// first values (not a number), would not be described, and Npgsql would keep the statement as one without columns.
    /// </summary>
    private async ValueTask DescribeAsync(SqlTemplate query, NpgsqlBatch batch)
    {
        if (_prepares && batch.BatchCommands.Count == 1 && !_described.Contains(query))
        {
            await batch.PrepareAsync();
            _ = _described.Add(query);
        }
    }

    private NpgsqlBatch Compose(SqlTemplate query, SqlValues values, bool literals)
    {
        NpgsqlBatch batch = PgsqlBatch.New(connection);
        try
        {
            foreach (SqlStatement statement in query.Statements(_reading))
            {
                BoundStatement bound = literals ? statement.BindLiterals(values, PostgresEscapes.Quote) : statement.Bind(values);
                if (literals && _literalsMustBeAscii && !System.Text.Ascii.IsValid(bound.Text))
                {
                    throw new SqlRefusedException("a literal that is not ASCII cannot be quoted safely in this character set");
                }

                PgsqlBatch.Add(batch, bound);
            }

            return batch;
        }
        catch (SqlRefusedException)
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Runs a text alone; the result of its last statement counts.</summary>
    private async Task<SqlResult> RunAsync(SqlTemplate query, NpgsqlBatch batch, bool literals, List<string?[]>? all)
    {
        int last = batch.BatchCommands.Count - 1;
        bool gaveRows = false;
        bool several = false;
        string?[]? row = null;
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
        HasAnswered();
        do
        {
            if (NpgsqlInternals.StatementIndex(reader) == last)
            {
                gaveRows = true;
                row = await reader.ReadAsync() ? PgsqlBatch.Row(reader) : null;
                several = all is null && row is not null && await reader.ReadAsync();
                await ReadRestAsync(reader, row, all);
            }
        }
        while (await reader.NextResultAsync());

        _ = _described.Add(query);
        query.NeedsLiterals |= literals;
        query.GivesRows |= gaveRows && last == 0 && !literals;
        return new SqlResult(SqlStatus.Done, gaveRows, row, gaveRows ? -1 : reader.RecordsAffected, all) { HasSeveral = several };
    }

    private static async Task ReadRestAsync(NpgsqlDataReader reader, string?[]? first, List<string?[]>? all)
    {
        if (all is null || first is null)
        {
            return;
        }

        all.Add(first);
        while (await reader.ReadAsync())
        {
            all.Add(PgsqlBatch.Row(reader));
        }
    }

    /// <summary>Sends lookups in one round trip.</summary>
    private async Task<bool> SendTogetherAsync()
    {
        int at = 0;
        try
        {
            _lookups.Clear();
            foreach (SqlRequest request in _sending)
            {
                _lookups.Add(request.Template.Statements(_reading)[0].Bind(request.Values));
            }

            using NpgsqlBatch batch = _lookups.Batch();
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
            HasAnswered();
            do
            {
                string?[]? row = await reader.ReadAsync() ? PgsqlBatch.Row(reader) : null;
                bool several = row is not null && await reader.ReadAsync();
                Answer(_sending[at++], new SqlResult(SqlStatus.Done, ReturnedRows: true, row) { HasSeveral = several });
            }
            while (await reader.NextResultAsync());
        }
        catch (SqlRefusedException refused)
        {
            SqlRequest request = _sending[_lookups.Count];
            request.Complete(_complaints.Answer(request, refused));
        }
        catch (Exception failure)
        {
            _lookups.Forget();
            Exception first = PgsqlErrors.First(failure);
            SqlErrorKind trouble = PgsqlErrors.Trouble(first);
            if (trouble == SqlErrorKind.Connection || at == _sending.Count)
            {
                Failure = PgsqlErrors.Text(failure);
                return false;
            }

            // The answers after the failed one are lost, so those requests are sent again.
            Judge(_sending[at], trouble, first);
        }

        return true;
    }

    /// <summary>Answers. The next step of a single request needs a free connection.</summary>
    private void Answer(SqlRequest request, SqlResult result)
    {
        if (_sending.Count == 1)
        {
            request.CompleteLater(result);
        }
        else
        {
            request.Complete(result);
        }
    }

    private void Judge(SqlRequest request, SqlErrorKind trouble, Exception failure)
    {
        SqlFailureException known = failure as SqlFailureException ?? PgsqlErrors.Statement(failure);
        if (trouble != SqlErrorKind.Connection)
        {
            request.Complete(_complaints.Answer(request, known));
            return;
        }

        Failure = SqlErrorText.Of(known, request.Template, request.Values);

        // An error is a known answer: the server has undone the statement.
        request.IsKnownUndone = known.Code.Length > 0;
    }
}
