// Look-ups that share a round trip, in commands that are used again and again.
using Authd.Modules.Sql;
using Npgsql;

namespace Authd.Modules.Pgsql;

/// <summary>
/// What a connection sends at a time. Npgsql finds the prepared statement and the way in which a parameter is
/// written once for a command, and a lane sends the same statement thousands of times a second.
/// </summary>
/// <param name="connection">The lane's.</param>
internal sealed class PgsqlLookups(NpgsqlConnection connection)
{
    private readonly List<NpgsqlBatchCommand> _commands = [];

    /// <summary>How many have been added.</summary>
    public int Count { get; private set; }

    /// <summary>Begins anew.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds one.</summary>
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

    /// <summary>All that have been added, each shielded from the others' errors.</summary>
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

    /// <summary>After a failure: what state a command is in then is not worth knowing.</summary>
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
