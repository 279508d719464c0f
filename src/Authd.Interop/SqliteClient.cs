// One connection to an SQLite database, through libsqlite3.
using System.Globalization;
using System.Runtime.InteropServices;
using Authd.Core;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>A failure in SQLite's words (wire text).</summary>
public sealed class SqliteException : Exception
{
    /// <summary>No details.</summary>
    public SqliteException() { }

    /// <summary>With a text.</summary>
    public SqliteException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public SqliteException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the primary result code.</summary>
    public SqliteException(int code, string message) : base(message) => Code = code;

    /// <summary>SQLITE_BUSY and so on.</summary>
    public int Code { get; }
}

/// <summary>A connection. Every method but <see cref="Interrupt"/> blocks, and one thread at a time may use them.</summary>
public sealed unsafe class SqliteClient : IDisposable
{
    // Statements differ in text only where a variable is part of a name; then they are not worth keeping for ever.
    private const int MostPrepared = 32;
    private const int PrimaryCode = 0xFF;

    // By the text that begins with the statement; with it what follows the statement. 0 stands for white space.
    private readonly Dictionary<string, (nint Statement, string Behind)> _prepared = new(StringComparer.Ordinal);
    private readonly nint _database;

    private SqliteClient(nint database) => _database = database;

    /// <summary>
    /// Opens a database that exists: for writing if the system lets us, else for reading. One with a write-ahead log on a
    /// read-only file system, which nobody can be writing to, is read as it lies there.
    /// </summary>
    /// <param name="path">Wire text.</param>
    /// <param name="busyTimeout">How long to wait for others' locks, milliseconds.</param>
    /// <exception cref="SqliteException">It cannot be opened or is none.</exception>
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

    /// <summary>Runs text that may hold several statements, one after the other, and gives the rows of all.</summary>
    /// <param name="sql">With <c>?1</c>, <c>?2</c>, ...; wire text, as are the values.</param>
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
            // Each is prepared when those before it have run: it may need what they made.
            (nint statement, rest) = Prepare(rest);
            if (statement == 0)
            {
                continue;
            }

            try
            {
                Bind(statement, parameters);
                while (Step(statement))
                {
                    yield return Row(statement);
                }
            }
            finally
            {
                // Its result is that of the last step, which has been told.
                _ = LibSqlite.sqlite3_reset(statement);
                _ = LibSqlite.sqlite3_clear_bindings(statement);
            }
        }
    }

    /// <summary>Ends a running statement. Any thread may call it.</summary>
    public void Interrupt() => LibSqlite.sqlite3_interrupt(_database);

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _ = LibSqlite.sqlite3_close_v2(_database);
    }

    /// <summary>Where the file really is: SQLite, which makes files beside it, must not follow what others may have
    /// planted. One that cannot be opened is SQLite's to complain about.</summary>
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
            SqliteClient client = new(database);
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

    /// <summary>SQLite opens the file at the first statement. One that is locked is there.</summary>
    private void ReadHeader()
    {
        try
        {
            _ = Rows("PRAGMA schema_version", []).Count();
        }
        catch (SqliteException locked) when (locked.Code is LibSqlite.SQLITE_BUSY or LibSqlite.SQLITE_LOCKED)
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

    /// <summary>A path in a URI: every byte that is no letter, digit or slash as %XX.</summary>
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
            // Never of length 0: the address of nothing would bind NULL.
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
