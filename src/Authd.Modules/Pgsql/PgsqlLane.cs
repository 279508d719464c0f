// One connection that is kept open, and how statements travel on it.
using Authd.Core.Logging;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;
using Npgsql;

namespace Authd.Modules.Pgsql;

/// <summary>A connection. Used by one caller at a time.</summary>
/// <param name="connection">Open.</param>
/// <param name="log">The log.</param>
internal sealed class PgsqlLane(NpgsqlConnection connection, Log log) : Lane<SqlJob>
{
    private readonly SqlReading _reading = PgsqlBatch.Reading(connection);

    // In these encodings a byte that looks like a quote or a backslash may be half of a character.
    private readonly bool _literalsMustBeAscii = connection.PostgresParameters.GetValueOrDefault("client_encoding", "") is
        "SJIS" or "SHIFT_JIS_2004" or "BIG5" or "GBK" or "UHC" or "GB18030" or "JOHAB";

    private readonly bool _isUtf8 = connection.PostgresParameters.GetValueOrDefault("client_encoding", "") is var client
        && (client == "SQL_ASCII" ? connection.PostgresParameters.GetValueOrDefault("server_encoding", "") : client) == "UTF8";

    private readonly PgsqlLookups _lookups = new(connection);
    private readonly List<SqlJob> _sending = [];

    /// <inheritdoc/>
    public override async Task<bool> SendAsync()
    {
        _sending.Clear();
        _sending.AddRange(Group.Where(IsToBeSent));
        return _sending switch
        {
            [] => true,
            [{ CanShare: false } job] => await SendOneAsync(job),
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

    /// <summary>A name that the database's encoding cannot hold is nobody's: known without asking.</summary>
    private bool IsToBeSent(SqlJob job)
    {
        if (!PgsqlText.Fits(job.Template, job.Values, _isUtf8))
        {
            job.Complete(SqlResult.Unrepresentable);
        }

        return !job.IsAnswered;
    }

    private async Task<bool> SendOneAsync(SqlJob job)
    {
        PgsqlTrouble trouble = await TryAsync(job, job.Template.NeedsLiterals, reportPreparation: job.Template.NeedsLiterals);
        if (trouble == PgsqlTrouble.Preparation && !job.IsAnswered)
        {
            trouble = await TryAsync(job, literals: true, reportPreparation: true);
        }

        return trouble != PgsqlTrouble.Connection;
    }

    private async Task<PgsqlTrouble> TryAsync(SqlJob job, bool literals, bool reportPreparation)
    {
        try
        {
            using NpgsqlBatch? batch = Compose(job, literals);
            if (batch is not null)
            {
                job.CompleteLater(await RunAsync(job, batch, literals));
            }

            return PgsqlTrouble.Statement;
        }
        catch (Exception failure)
        {
            PgsqlTrouble trouble = PgsqlErrors.Trouble(failure);
            bool canBeLiteral = trouble == PgsqlTrouble.Preparation && !reportPreparation && !job.Template.GivesRows;
            if (!canBeLiteral)
            {
                Judge(job, trouble, failure);
            }

            return canBeLiteral || trouble != PgsqlTrouble.Preparation ? trouble : PgsqlTrouble.Statement;
        }
    }

    private NpgsqlBatch? Compose(SqlJob job, bool literals)
    {
        NpgsqlBatch batch = PgsqlBatch.New(connection);
        try
        {
            foreach (SqlStatement statement in job.Template.Statements(_reading))
            {
                BoundStatement bound = literals ? statement.BindLiterals(job.Values, PostgresEscapes.Quote) : statement.Bind(job.Values);
                if (literals && _literalsMustBeAscii && !System.Text.Ascii.IsValid(bound.Text))
                {
                    throw new SqlRefusedException("a literal that is not ASCII cannot be quoted safely in this character set");
                }

                PgsqlBatch.Add(batch, bound);
            }

            return batch;
        }
        catch (SqlRefusedException refused)
        {
            log.Err($"authpgsql: {refused.Message}");
            job.Complete(SqlResult.Failed);
            batch.Dispose();
            return null;
        }
    }

    /// <summary>Runs one job alone; of several statements the last one's result counts.</summary>
    private async Task<SqlResult> RunAsync(SqlJob job, NpgsqlBatch batch, bool literals)
    {
        int last = batch.BatchCommands.Count - 1;
        bool gaveRows = false;
        string?[]? row = null;
        List<string?[]>? all = job.IsList ? [] : null;
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
        HasAnswered();
        do
        {
            if (NpgsqlInternals.StatementIndex(reader) == last)
            {
                gaveRows = true;
                row = await reader.ReadAsync() ? PgsqlBatch.Row(reader) : null;
                await ReadRestAsync(reader, row, all);
            }
        }
        while (await reader.NextResultAsync());

        job.Template.NeedsLiterals |= literals;
        job.Template.GivesRows |= gaveRows && last == 0 && !literals;
        return new SqlResult(SqlEnd.Done, gaveRows, row, gaveRows ? -1 : reader.RecordsAffected, all);
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

    /// <summary>Look-ups in one round trip.</summary>
    private async Task<bool> SendTogetherAsync()
    {
        int at = 0;
        try
        {
            _lookups.Clear();
            foreach (SqlJob job in _sending)
            {
                _lookups.Add(job.Template.Statements(_reading)[0].Bind(job.Values));
            }

            using NpgsqlBatch batch = _lookups.Batch();
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
            HasAnswered();
            do
            {
                string?[]? row = await reader.ReadAsync() ? PgsqlBatch.Row(reader) : null;
                Answer(_sending[at++], new SqlResult(SqlEnd.Done, GaveRows: true, row));
            }
            while (await reader.NextResultAsync());
        }
        catch (SqlRefusedException refused)
        {
            log.Err($"authpgsql: {refused.Message}");
            _sending[_lookups.Count].Complete(SqlResult.Failed);
        }
        catch (Exception failure)
        {
            _lookups.Forget();
            Exception first = PgsqlErrors.First(failure);
            PgsqlTrouble trouble = PgsqlErrors.Trouble(first);
            if (trouble == PgsqlTrouble.Connection || at == _sending.Count)
            {
                Failure = PgsqlErrors.Text(failure);
                return false;
            }

            // The answers behind the failed one are lost: those jobs are sent once more.
            Judge(_sending[at], trouble, first);
        }

        return true;
    }

    /// <summary>The next step of a request that is alone needs a connection that is free.</summary>
    private void Answer(SqlJob job, SqlResult result)
    {
        if (_sending.Count == 1)
        {
            job.CompleteLater(result);
        }
        else
        {
            job.Complete(result);
        }
    }

    private void Judge(SqlJob job, PgsqlTrouble trouble, Exception failure)
    {
        if (trouble == PgsqlTrouble.Encoding)
        {
            log.Debug($"authpgsql: {PgsqlErrors.Text(failure)}");
            job.Complete(SqlResult.Unrepresentable);
        }
        else if (trouble != PgsqlTrouble.Connection)
        {
            log.Err($"authpgsql: {PgsqlErrors.Text(failure)}");
            job.Complete(SqlResult.Failed);
        }
        else
        {
            Failure = PgsqlErrors.Text(failure);

            // Not a lost answer but an error: the server has taken back whatever the statement had done.
            job.IsKnownUndone = failure is PostgresException;
        }
    }
}
