// One connection to an SQLite database.
using Authd.Core;
using Authd.Interop;
using Authd.Modules.Sql;

namespace Authd.Modules.Sqlite;

/// <summary>A connection to the file that had the name when it was opened.</summary>
internal sealed class SqliteConnection : IBlockingConnection
{
    private const int InputOutputError = 10;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NoDatabase = 26;
    private readonly SqliteClient _client;
    private readonly byte[] _name;
    private readonly ulong? _inode;

    /// <summary>Opens the database.</summary>
    /// <exception cref="SqliteException">It cannot be opened or is none.</exception>
    public SqliteConnection(SqliteSettings settings)
    {
        _name = FileStamp.Name(WireText.ToUnicode(settings.Database));
        _inode = FileStamp.Of(_name)?.Inode;
        _client = SqliteClient.Open(settings.Database, (int)settings.BusyTimeout.TotalMilliseconds);
    }

    /// <inheritdoc/>
    public SqlResult Run(SqlTemplate query, SqlValues values)
    {
        if (FileStamp.Of(_name)?.Inode != _inode)
        {
            throw new SqlFailureException(SqlTrouble.Connection, "the database has been replaced");
        }

        int changes = _client.TotalChanges;
        string?[]? first = null;
        foreach (string?[] row in Rows(query, values))
        {
            if (first is not null)
            {
                throw new SqlFailureException(SqlTrouble.Statement, "Multiple rows returned");
            }

            first = row;
        }

        return new SqlResult(SqlEnd.Done, GaveRows: true, first, unchecked((uint)(_client.TotalChanges - changes)));
    }

    /// <inheritdoc/>
    public IEnumerable<string?[]> Rows(SqlTemplate query, SqlValues values)
    {
        if (query.Statements(SqlReading.Standard) is not [var whole])
        {
            yield break;
        }

        BoundStatement bound = whole.Bind(values);
        using IEnumerator<string?[]> rows = _client.Rows(bound.Text, bound.Parameters).GetEnumerator();
        while (Next(rows))
        {
            yield return rows.Current;
        }
    }

    /// <inheritdoc/>
    public void Interrupt() => _client.Interrupt();

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static bool Next(IEnumerator<string?[]> rows)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (SqliteException failure)
        {
            bool broken = failure.Code is InputOutputError or Corrupt or CannotOpen or NoDatabase;
            throw new SqlFailureException(broken ? SqlTrouble.Connection : SqlTrouble.Statement, failure.Message);
        }
    }
}
