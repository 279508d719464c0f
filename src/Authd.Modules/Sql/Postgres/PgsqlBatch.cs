using Npgsql;
using NpgsqlTypes;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Makes Npgsql's batches of bound statements. Parameters are text of no declared type, so that the server reads them
/// like literals.</summary>
internal static class PgsqlBatch
{
    /// <summary>An empty batch whose columns come as text.</summary>
    public static NpgsqlBatch New(NpgsqlConnection connection)
    {
        NpgsqlBatch batch = new(connection);
        NpgsqlInternals.SetAllResultTypesAreUnknown(batch, true);
        return batch;
    }

    /// <summary>Adds a statement.</summary>
    public static void Add(NpgsqlBatch batch, BoundStatement bound) => batch.BatchCommands.Add(Command(bound));

    /// <summary>The command of a statement.</summary>
    public static NpgsqlBatchCommand Command(BoundStatement bound)
    {
        NpgsqlBatchCommand command = new(bound.Text);
        foreach (string parameter in bound.Parameters)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Unknown, TypedValue = parameter });
        }

        return command;
    }

    /// <summary>The current row; NULL is <c>null</c>.</summary>
    public static string?[] Row(NpgsqlDataReader reader)
    {
        string?[] row = new string?[reader.FieldCount];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
        }

        return row;
    }

    /// <summary>The server's lexical mode for plain literals.</summary>
    public static SqlLexicalMode Reading(NpgsqlConnection connection) =>
        connection.PostgresParameters.GetValueOrDefault("standard_conforming_strings", "on") == "off"
            ? SqlLexicalMode.Backslashes : SqlLexicalMode.Standard;
}
