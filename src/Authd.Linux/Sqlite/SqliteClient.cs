using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Linux.Sqlite;

/// <summary>A failure with SQLite's message (wire text).</summary>
public sealed class SqliteException : Exception
{
    /// <summary>An exception without details.</summary>
    public SqliteException() { }

    /// <summary>With a text.</summary>
    public SqliteException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public SqliteException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the primary result code.</summary>
    public SqliteException(int code, string message) : base(message) => Code = code;

    /// <summary>SQLITE_BUSY and so on.</summary>
    public int Code { get; }

    /// <summary>A statement has used up its steps, or <see cref="SqliteClient.Interrupt"/> has ended it.</summary>
    public bool IsInterruption => Code == LibSqlite.SQLITE_INTERRUPT;

    /// <summary>Somebody else has locked the database.</summary>
    public bool IsLocked => Code is LibSqlite.SQLITE_BUSY or LibSqlite.SQLITE_LOCKED;
}

/// <summary>One connection to an SQLite database through libsqlite3, for one thread at a time. Every method but
/// <see cref="Interrupt"/> blocks.</summary>
public sealed unsafe class SqliteClient : IDisposable
{
    // Statements differ in text only if a variable is part of a name; those are not worth keeping for long.
    private const int MostPrepared = 32;
    private const int PrimaryCode = 0xFF;

    /// <summary>Steps of SQLite's machine that a brief statement may take: a look-up by a key takes 20, so many about a millisecond.</summary>
    private const int BriefSteps = 20_000;

    // Statements by the text that they begin, each with the text after it. 0 stands for white space.
    private readonly Dictionary<string, (nint Statement, string Behind)> _prepared = new(StringComparer.Ordinal);
    private readonly nint _database;
    private readonly int _busyTimeout;
    private bool _endsTransaction;

    private SqliteClient(nint database, int busyTimeout) => (_database, _busyTimeout) = (database, busyTimeout);

    /// <summary>
    /// Opens an existing database: for writing if the system allows it, else for reading. A database with a write-ahead log on a
    /// read-only file system, which cannot have a writer, is read without locks.
    /// </summary>
    /// <param name="path">Wire text.</param>
    /// <param name="busyTimeout">The longest wait for others' locks, milliseconds.</param>
    /// <exception cref="SqliteException">The file cannot be opened, or is not a database.</exception>
    public static SqliteClient Open(string path, int busyTimeout)
    {
        path = Reach(path);
        try
        {
            return Open(path, LibSqlite.SQLITE_OPEN_READWRITE, busyTimeout);
        }
        catch (SqliteException failure) when (failure.Code == LibSqlite.SQLITE_CANTOPEN && IsOnReadOnlyFileSystem(path))
        {
            return Open(
                $"file:{Escaped(path)}?immutable=1", LibSqlite.SQLITE_OPEN_READONLY | LibSqlite.SQLITE_OPEN_URI, busyTimeout);
        }
    }

    /// <summary>Rows inserted, updated and deleted since the connection was opened, modulo 2^32.</summary>
    public int TotalChanges => LibSqlite.sqlite3_total_changes(_database);

    /// <summary>Statements run between <see cref="BeginBriefReading"/> and <see cref="EndBriefReading"/>.</summary>
    public bool IsReadingBriefly { get; private set; }

    /// <summary>Those statements see one state of the database, which stays locked between them.</summary>
    public bool IsReadingTogether => IsReadingBriefly && _endsTransaction;

    /// <summary>
    /// Begins look-ups for which nothing waits: a statement fails at once if the database is locked
    /// (<see cref="SqliteException.IsLocked"/>), and is interrupted when it has taken more steps than fit in about a millisecond.
    /// </summary>
    /// <param name="together">They see one state of the database and lock it once, for which SQLite makes eight system calls; the first of
    /// them locks it.</param>
    /// <exception cref="SqliteException">No memory.</exception>
    public void BeginBriefReading(bool together)
    {
        // A statement of the administrator's may have left a transaction open, which is not ours to end.
        _endsTransaction = together && IsAutocommit;
        if (_endsTransaction)
        {
            Execute("BEGIN");
        }

        SetBrief(true);
    }

    /// <summary>Ends them, and unlocks the database.</summary>
    /// <exception cref="SqliteException">The database cannot be unlocked; the connection is of no more use.</exception>
    public void EndBriefReading()
    {
        SetBrief(false);

        // Some errors end the transaction themselves.
        if (_endsTransaction && !IsAutocommit)
        {
            Execute("COMMIT");
        }
    }

    private bool IsAutocommit => LibSqlite.sqlite3_get_autocommit(_database) != 0;

    private void SetBrief(bool isBrief)
    {
        IsReadingBriefly = isBrief;
        Check(LibSqlite.sqlite3_busy_timeout(_database, isBrief ? 0 : _busyTimeout));
        LibSqlite.sqlite3_progress_handler(_database, isBrief ? BriefSteps : 0, isBrief ? &StepsAreUsedUp : null, null);
    }

    /// <summary>Runs one of the statements that control transactions.</summary>
    private void Execute(string sql)
    {
        nint statement = Prepare(sql).Statement;
        try
        {
            _ = Step(statement);
        }
        finally
        {
            _ = LibSqlite.sqlite3_reset(statement);
        }
    }

    /// <summary>The text is a single statement that gives rows and changes nothing: one that was interrupted may be run again.</summary>
    /// <exception cref="SqliteException">It is no statement.</exception>
    public bool IsRead(string sql)
    {
        (nint statement, string behind) = Prepare(sql);
        return statement != 0 && LibSqlite.sqlite3_column_count(statement) > 0 && LibSqlite.sqlite3_stmt_readonly(statement) != 0
            && behind.AsSpan().Trim(" \t\r\n;").IsEmpty;
    }

    /// <summary>Runs the statements in a text in turn, and returns the rows of all.</summary>
    /// <param name="sql">Text with <c>?1</c>, <c>?2</c>, ...; wire text, as are the values.</param>
    /// <param name="parameters">Their values, bound as text.</param>
    /// <exception cref="SqliteException">One of the statements failed.</exception>
    public IEnumerable<string?[]> Rows(string sql, string[] parameters)
    {
        if (_prepared.Count > MostPrepared)
        {
            Forget();
        }

        for (string rest = sql; rest.Length > 0;)
        {
            // Each is prepared after the earlier ones have run, because it may need tables that they created.
            (nint statement, rest) = Prepare(rest);
            if (statement == 0)
            {
                continue;
            }

            try
            {
                Bind(statement, parameters);

                // The machine counts a statement's steps from its preparation on.
                _ = LibSqlite.sqlite3_stmt_status(statement, LibSqlite.SQLITE_STMTSTATUS_VM_STEP, reset: 1);
                while (Step(statement))
                {
                    yield return Row(statement);
                }
            }
            finally
            {
                // It returns the result of the last step, which has been handled.
                _ = LibSqlite.sqlite3_reset(statement);
                _ = LibSqlite.sqlite3_clear_bindings(statement);
            }
        }
    }

    /// <summary>The number of columns that a statement gives, without executing it; <c>null</c>: others follow it.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public int? Describe(string sql)
    {
        (nint statement, string behind) = Prepare(sql);
        return behind.AsSpan().Trim(" \t\r\n;").Length > 0 ? null : statement == 0 ? 0 : LibSqlite.sqlite3_column_count(statement);
    }

    /// <summary>Ends a running statement. Any thread may call this.</summary>
    public void Interrupt() => LibSqlite.sqlite3_interrupt(_database);

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _ = LibSqlite.sqlite3_close_v2(_database);
    }

    /// <summary>The real path of the file: SQLite, which makes files beside it, must not follow links that others may have
    /// planted. A file that cannot be opened is left to SQLite to report.</summary>
    private static string Reach(string path)
    {
        try
        {
            using SafeFileHandle? file = TrustedFiles.OpenFile(WireText.ToUnicode(path), LibC.O_PATH);
            return file is null ? path : TrustedFiles.PlaceOf(file) ?? path;
        }
        catch (UntrustedFileException refused)
        {
            throw new SqliteException(LibSqlite.SQLITE_CANTOPEN, WireText.FromUnicode(refused.Message));
        }
        catch (LibcException)
        {
            return path;
        }
    }

    private static SqliteClient Open(string path, int mode, int busyTimeout)
    {
        fixed (byte* name = WireText.ToBytes(path + '\0'))
        {
            int result = LibSqlite.sqlite3_open_v2(name, out nint database, mode | LibSqlite.SQLITE_OPEN_NOMUTEX | LibSqlite.SQLITE_OPEN_NOFOLLOW, null);
            SqliteClient client = new(database, busyTimeout);
            try
            {
                client.Check(result);
                client.Check(LibSqlite.sqlite3_busy_timeout(database, busyTimeout));
                client.ReadHeader();
                return client;
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }
    }

    /// <summary>Reads the header, because SQLite opens the file only at the first statement. A locked file exists.</summary>
    private void ReadHeader()
    {
        try
        {
            _ = Rows("PRAGMA schema_version", []).Count();
        }
        catch (SqliteException failure) when (failure.IsLocked)
        {
        }
    }

    private static bool IsOnReadOnlyFileSystem(string path)
    {
        fixed (byte* name = WireText.ToBytes(path + '\0'))
        {
            return LibC.access(name, LibC.W_OK) != 0 && Marshal.GetLastPInvokeError() == LibC.EROFS;
        }
    }

    /// <summary>A path in a URI: every byte other than letters, digits and slashes as %XX.</summary>
    private static string Escaped(string path) => string.Concat(path.Select(c =>
        char.IsAsciiLetterOrDigit(c) || c == '/' ? $"{c}" : string.Create(CultureInfo.InvariantCulture, $"%{(int)c:X2}")));

    private (nint Statement, string Behind) Prepare(string sql)
    {
        if (_prepared.TryGetValue(sql, out (nint Statement, string Behind) known))
        {
            return known;
        }

        byte[] bytes = WireText.ToBytes(sql + '\0');
        fixed (byte* text = bytes)
        {
            Check(LibSqlite.sqlite3_prepare_v2(_database, text, bytes.Length, out nint statement, out byte* tail));
            return _prepared[sql] = (statement, sql[(int)(tail - text)..]);
        }
    }

    private void Bind(nint statement, string[] parameters)
    {
        int count = Math.Min(parameters.Length, LibSqlite.sqlite3_bind_parameter_count(statement));
        for (int i = 0; i < count; i++)
        {
            // Never of length 0, because a null address would bind NULL.
            byte[] bytes = WireText.ToBytes(parameters[i] + '\0');
            fixed (byte* text = bytes)
            {
                Check(LibSqlite.sqlite3_bind_text(statement, i + 1, text, bytes.Length - 1, LibSqlite.SQLITE_TRANSIENT));
            }
        }
    }

    private bool Step(nint statement)
    {
        int result = LibSqlite.sqlite3_step(statement);
        if (result is not (LibSqlite.SQLITE_ROW or LibSqlite.SQLITE_DONE))
        {
            Check(result);
        }

        return result == LibSqlite.SQLITE_ROW;
    }

    private static string?[] Row(nint statement)
    {
        string?[] columns = new string?[LibSqlite.sqlite3_column_count(statement)];
        for (int i = 0; i < columns.Length; i++)
        {
            byte* text = LibSqlite.sqlite3_column_text(statement, i);
            columns[i] = text == null
                ? null : WireText.FromBytes(new ReadOnlySpan<byte>(text, LibSqlite.sqlite3_column_bytes(statement, i)));
        }

        return columns;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int StepsAreUsedUp(void* context) => 1;

    private void Check(int result)
    {
        if (result != LibSqlite.SQLITE_OK)
        {
            throw new SqliteException(
                result & PrimaryCode,
                WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LibSqlite.sqlite3_errmsg(_database))));
        }
    }

    private void Forget()
    {
        foreach ((nint statement, _) in _prepared.Values)
        {
            _ = LibSqlite.sqlite3_finalize(statement);
        }

        _prepared.Clear();
    }
}
