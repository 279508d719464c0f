using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Sqlite;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>A connection to an SQLite database: to the file that had the name when it was opened.</summary>
internal sealed class SqliteConnection : ISqlConnection, ISqlSession
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int InputOutputError = 10;
    private const int Constraint = 19;
    private const int TooBig = 18;
    private const int Mismatch = 20;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NoDatabase = 26;
    private readonly SqliteClient _client;
    private readonly FreshStamp _fresh;
    private readonly ulong? _inode;
    private long _readingSince;

    /// <summary>Opens the database.</summary>
    /// <exception cref="SqliteException">The file cannot be opened, or is not a database.</exception>
    public SqliteConnection(SqliteSettings settings)
    {
        _fresh = new FreshStamp(WireText.ToUnicode(settings.Database));
        _inode = _fresh.Now?.Inode;
        _client = SqliteClient.Open(settings.Database, (int)settings.BusyTimeout.TotalMilliseconds);
    }

    /// <summary>
    /// Runs a look-up that waits for nobody and takes no longer than a moment; <c>null</c>: it is to be run again, by
    /// <see cref="Run"/>, where it may take its time. Only on the events' thread.
    /// </summary>
    /// <param name="query">The statement.</param>
    /// <param name="values">Its values.</param>
    /// <param name="isFirst">The first since <see cref="EndBriefReading"/>. From the second one on the database stays locked for others'
    /// changes until then.</param>
    /// <param name="isSlow">It has taken longer; nobody else is to blame.</param>
    /// <exception cref="SqlFailureException">It failed.</exception>
    /// <exception cref="SqlRefusedException">As for <see cref="ISqlConnection.Rows"/>.</exception>
    public SqlResult? RunBriefly(SqlTemplate query, SqlValues values, bool isFirst, out bool isSlow)
    {
        isSlow = false;
        try
        {
            if (query.Statements(SqlLexicalMode.Standard) is not [var whole] || !_client.IsRead(whole.Bind(values).Text))
            {
                return null;
            }

            GoOnReading(isFirst);
            return Run(query, values);
        }
        catch (SqliteException failure)
        {
            isSlow = failure.IsInterruption;
            return isSlow || failure.IsLocked ? null : throw Failure(failure);
        }
    }

    /// <summary>Ends the look-ups that have been run briefly.</summary>
    /// <exception cref="SqlFailureException">The connection is of no more use.</exception>
    public void EndBriefReading()
    {
        try
        {
            if (_client.IsReadingBriefly)
            {
                _client.EndBriefReading();
            }
        }
        catch (SqliteException failure)
        {
            throw new SqlFailureException(SqlErrorKind.Connection, failure.Message);
        }
    }

    /// <summary>Reads the state that was read before, unless a request has arrived since: none sees a state from before it was sent.</summary>
    private void GoOnReading(bool isFirst)
    {
        if (!_client.IsReadingTogether || _readingSince != FreshStamp.Arrivals)
        {
            EndBriefReading();
            _client.BeginBriefReading(together: !isFirst);
            _readingSince = FreshStamp.Arrivals;
        }
    }

    /// <summary>Runs a statement; blocks.</summary>
    /// <exception cref="SqlFailureException">It failed.</exception>
    /// <exception cref="SqlRefusedException">As for <see cref="ISqlConnection.Rows"/>.</exception>
    public SqlResult Run(SqlTemplate query, SqlValues values)
    {
        if (_fresh.Now?.Inode != _inode)
        {
            throw new SqlFailureException(SqlErrorKind.Connection, "the database has been replaced");
        }

        int changes = _client.TotalChanges;
        string?[]? first = null;
        foreach (string?[] row in Rows(query, values))
        {
            if (first is not null)
            {
                throw new SqlFailureException(SqlErrorKind.Statement, "Multiple rows returned");
            }

            first = row;
        }

        return new SqlResult(SqlStatus.Done, ReturnedRows: true, first, unchecked((uint)(_client.TotalChanges - changes)));
    }

    /// <inheritdoc/>
    ValueTask<SqlResult> ISqlSession.RunAsync(SqlTemplate query, SqlValues values) => ValueTask.FromResult(Run(query, values));

    /// <inheritdoc/>
    ValueTask ISqlSession.BeginAsync() => Execute("BEGIN IMMEDIATE");

    /// <inheritdoc/>
    ValueTask ISqlSession.EndAsync(bool keep) => Execute(keep ? "COMMIT" : "ROLLBACK");

    /// <inheritdoc/>
    public IEnumerable<string?[]> Rows(SqlTemplate query, SqlValues values)
    {
        if (query.Statements(SqlLexicalMode.Standard) is not [var whole])
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

    /// <summary>Has SQLite read a statement without executing it.</summary>
    /// <returns>The number of its columns; <c>null</c>: there are several statements, of which the later ones may need what the
    /// first ones make.</returns>
    /// <exception cref="SqlFailureException">SQLite does not take it.</exception>
    /// <exception cref="SqlRefusedException">As for <see cref="Rows"/>.</exception>
    public int? Describe(SqlTemplate query, SqlValues values)
    {
        try
        {
            return query.Statements(SqlLexicalMode.Standard) is [var whole] ? _client.Describe(whole.Bind(values).Text) : null;
        }
        catch (SqliteException failure)
        {
            throw Failure(failure);
        }
    }

    /// <inheritdoc/>
    public void Interrupt() => _client.Interrupt();

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private ValueTask Execute(string sql)
    {
        using IEnumerator<string?[]> rows = _client.Rows(sql, []).GetEnumerator();
        _ = Next(rows);
        return ValueTask.CompletedTask;
    }

    private bool Next(IEnumerator<string?[]> rows)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (SqliteException failure) when (!_client.IsReadingBriefly)
        {
            throw Failure(failure);
        }
    }

    private static SqlFailureException Failure(SqliteException failure) =>
        new(Trouble(failure), failure.Message) { Code = $"error {failure.Code}", IsPassing = failure.Code is Busy or Locked };

    private static SqlErrorKind Trouble(SqliteException failure) => failure.Code switch
    {
        InputOutputError or Corrupt or CannotOpen or NoDatabase => SqlErrorKind.Connection,
        Constraint when failure.Message.StartsWith("CHECK ", StringComparison.Ordinal) => SqlErrorKind.Width,
        Mismatch or TooBig => SqlErrorKind.Type,
        _ => SqlErrorKind.Statement,
    };
}
