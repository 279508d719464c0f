using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>
/// Lookups that share a round trip, in reused commands: Npgsql finds the prepared statement and the parameter writers once for a
/// command, and a connection sends the same statement thousands of times a second.
/// </summary>
/// <param name="connection">The connection.</param>
internal sealed class PgsqlLookups(NpgsqlConnection connection)
{
    private readonly List<NpgsqlBatchCommand> _commands = [];

    /// <summary>The number of added lookups.</summary>
    public int Count { get; private set; }

    /// <summary>Removes all lookups.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a lookup.</summary>
    public void Add(BoundStatement bound)
    {
        if (Count == _commands.Count)
        {
            _commands.Add(PgsqlBatch.Command(bound));
        }
        else if (!TryUse(_commands[Count], bound))
        {
            _commands[Count] = PgsqlBatch.Command(bound);
        }

        Count++;
    }

    /// <summary>All added lookups, each shielded from the others' errors.</summary>
    public NpgsqlBatch Batch()
    {
        NpgsqlBatch batch = PgsqlBatch.New(connection);
        batch.EnableErrorBarriers = true;
        for (int i = 0; i < Count; i++)
        {
            batch.BatchCommands.Add(_commands[i]);
        }

        return batch;
    }

    /// <summary>Discards all commands, whose state after a failure is unknown.</summary>
    public void Forget() => _commands.Clear();

    private static bool TryUse(NpgsqlBatchCommand command, BoundStatement bound)
    {
        NpgsqlParameterCollection parameters = command.Parameters;
        if (command.CommandText != bound.Text || parameters.Count != bound.Parameters.Length)
        {
            return false;
        }

        for (int i = 0; i < parameters.Count; i++)
        {
            ((NpgsqlParameter<string>)parameters[i]).TypedValue = bound.Parameters[i];
        }

        return true;
    }
}
