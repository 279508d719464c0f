// Makes Npgsql's batches of bound statements.
using Authd.Modules.Sql;
using Npgsql;
using NpgsqlTypes;

namespace Authd.Modules.Pgsql;

/// <summary>Parameters go as text of no declared type, so that the server reads them as it reads a literal.</summary>
internal static class PgsqlBatch
{
    /// <summary>An empty batch whose columns come as text.</summary>
    public static NpgsqlBatch New(NpgsqlConnection connection)
    {
        NpgsqlBatch batch = new(connection);
        NpgsqlInternals.SetAllResultTypesAreUnknown(batch, true);
        return batch;
    }

    /// <summary>Adds one statement.</summary>
    public static void Add(NpgsqlBatch batch, BoundStatement bound) => batch.BatchCommands.Add(Command(bound));

    /// <summary>One statement.</summary>
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

    /// <summary>How the server reads plain literals.</summary>
    public static SqlReading Reading(NpgsqlConnection connection) =>
        connection.PostgresParameters.GetValueOrDefault("standard_conforming_strings", "on") == "off"
            ? SqlReading.Backslashes : SqlReading.Standard;
}
