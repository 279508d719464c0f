using System.Runtime.InteropServices;
using Authd.Core;
using Tmds.Linux;

namespace Authd.Linux.Mariadb;

/// <summary>The server to connect to, and the way. Text is wire text; <c>null</c> leaves a setting to the library.</summary>
public sealed record MariadbLogin
{
    /// <summary>Host name or address; <c>null</c> or <c>localhost</c>: the Unix socket.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port, 0 for the usual one.</summary>
    public uint Port { get; init; }

    /// <summary>Path of the Unix socket.</summary>
    public string? Socket { get; init; }

    /// <summary>User.</summary>
    public required string User { get; init; }

    /// <summary>Password.</summary>
    public string Password { get; init; } = "";

    /// <summary>Flags of mysql_real_connect().</summary>
    public uint Flags { get; init; }

    /// <summary>TLS; <c>null</c>: the defaults of library and server.</summary>
    public MariadbTls? Tls { get; init; }

    /// <summary>Seconds for connecting.</summary>
    public uint ConnectTimeout { get; init; }

    /// <summary>Seconds for each read and write that blocks.</summary>
    public uint Timeout { get; init; }

    /// <summary>Prepares the connection for non-blocking calls as well.</summary>
    public bool DoesNotBlock { get; init; }
}

/// <summary>Files and names for mysql_ssl_set().</summary>
public sealed record MariadbTls(string? Key, string? Certificate, string? Authority, string? AuthorityDirectory, string? Cipher);

/// <summary>A failure with the server's or the library's message (wire text).</summary>
public sealed class MariadbException : Exception
{
    /// <summary>An exception without details.</summary>
    public MariadbException() { }

    /// <summary>With a text.</summary>
    public MariadbException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public MariadbException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the library's number: below 2000 the server's, then the client's own.</summary>
    public MariadbException(uint code, string message) : base(message) => Code = code;

    /// <summary>mysql_errno().</summary>
    public uint Code { get; }
}

/// <summary>The result of a text, which may hold several statements.</summary>
/// <param name="Row">The first row of the first result with columns; <c>null</c> when it has no row.</param>
/// <param name="ReturnedRows">Whether there was such a result.</param>
/// <param name="Affected">Rows changed by the last statement without columns.</param>
public readonly record struct MariadbResult(string?[]? Row, bool ReturnedRows, long Affected)
{
    /// <summary>There were further rows after <see cref="Row"/>.</summary>
    public bool HasSeveral { get; init; }
}

/// <summary>
/// One connection to a MariaDB or MySQL server through libmariadb, for one thread at a time. Methods whose names do not end in
/// Async block, except <see cref="Shutdown"/>.
/// </summary>
public sealed unsafe partial class MariadbClient : IDisposable
{
    // CLIENT_COMPRESS.
    private const uint Compression = 32;
    private readonly nint _mysql;
    private readonly bool _compressed;

    /// <summary>Connects.</summary>
    /// <exception cref="MariadbException">The server cannot be reached or refuses.</exception>
    public MariadbClient(MariadbLogin login)
    {
        // The first mysql_init() initializes the library, which two threads must not do at once.
        _ = Library.Ready;
        _compressed = (login.Flags & Compression) != 0;
        _mysql = LibMariadb.mysql_init(0);
        try
        {
            Configure(login);
            Connect(login);
        }
        catch
        {
            LibMariadb.mysql_close(_mysql);
            throw;
        }
    }

    private static class Library
    {
        public static readonly bool Ready = LibMariadb.mysql_server_init(0, null, null) == 0;
    }

    /// <summary>The library's version, 30320 for 3.3.20.</summary>
    public static ulong LibraryVersion => LibMariadb.mysql_get_client_version().Value;

    /// <summary>The server's version, 101119 for 10.11.19.</summary>
    public ulong ServerVersion => LibMariadb.mysql_get_server_version(_mysql).Value;

    /// <summary>The server is MariaDB, not MySQL.</summary>
    public bool IsMariadb => Text(LibMariadb.mysql_get_server_info(_mysql)).Contains("MariaDB", StringComparison.Ordinal);

    /// <summary>The connection's character set.</summary>
    public string CharacterSet => Text(LibMariadb.mysql_character_set_name(_mysql));

    /// <summary>The TLS cipher, <c>null</c> when the connection is not encrypted.</summary>
    public string? Cipher => LibMariadb.mysql_get_ssl_cipher(_mysql) is not null and var name ? Text(name) : null;

    /// <summary>The protocol's packets travel on the socket unchanged.</summary>
    private bool IsPlain => !_compressed && Cipher is null;

    internal int Descriptor => LibMariadb.mysql_get_socket(_mysql);

    /// <summary>Changes the connection's character set; false when library or server does not know the name.</summary>
    public bool TrySetCharacterSet(string name)
    {
        fixed (byte* bytes = CString(name))
        {
            return LibMariadb.mysql_set_character_set(_mysql, bytes) == 0;
        }
    }

    /// <summary>Selects a database.</summary>
    /// <exception cref="MariadbException">The database does not exist, or may not be used.</exception>
    public void Select(string database)
    {
        fixed (byte* bytes = CString(database))
        {
            Check(LibMariadb.mysql_select_db(_mysql, bytes) == 0);
        }
    }

    /// <summary>Runs text that may hold several statements.</summary>
    /// <exception cref="MariadbException">One of the statements failed.</exception>
    public MariadbResult Run(string sql)
    {
        Send(sql);
        MariadbResult all = new(null, false, -1);
        do
        {
            all = Take(all, LibMariadb.mysql_store_result(_mysql));
        }
        while (HasNext());

        return all;
    }

    /// <summary>Runs text and returns the rows of its first result with columns, as they arrive.</summary>
    /// <exception cref="MariadbException">A statement failed, or the rows end early.</exception>
    public IEnumerable<string?[]> Rows(string sql)
    {
        Send(sql);
        nint result = FirstResult();
        try
        {
            while (Fetch(result) is { } row)
            {
                yield return row;
            }

            // A lost connection looks like the end of the rows.
            Check(LibMariadb.mysql_errno(_mysql) == 0);
        }
        finally
        {
            LibMariadb.mysql_free_result(result);
        }
    }

    /// <summary>Has the server read a statement without executing it, and gives the number of its columns.</summary>
    /// <exception cref="MariadbException">The server does not take it.</exception>
    public uint Describe(string sql)
    {
        byte[] bytes = WireText.ToBytes(sql);
        nint statement = LibMariadb.mysql_stmt_init(_mysql);
        try
        {
            fixed (byte* text = bytes)
            {
                if (LibMariadb.mysql_stmt_prepare(statement, text, new CULong((nuint)bytes.Length)) != 0)
                {
                    throw new MariadbException(LibMariadb.mysql_stmt_errno(statement), Text(LibMariadb.mysql_stmt_error(statement)));
                }
            }

            return LibMariadb.mysql_stmt_field_count(statement);
        }
        finally
        {
            _ = LibMariadb.mysql_stmt_close(statement);
        }
    }

    /// <summary>Ends the connection's wait, which makes it unusable. Any thread may call this.</summary>
    public void Shutdown() => _ = LibC.shutdown(LibMariadb.mysql_get_socket(_mysql), LibC.SHUT_RDWR);

    /// <inheritdoc/>
    public void Dispose()
    {
        LibMariadb.mysql_close(_mysql);
        NativeMemory.Free(_text);
        _text = null;
    }

    private void Configure(MariadbLogin login)
    {
        SetNumber(LibMariadb.MYSQL_OPT_CONNECT_TIMEOUT, login.ConnectTimeout);
        SetNumber(LibMariadb.MYSQL_OPT_READ_TIMEOUT, login.Timeout);
        SetNumber(LibMariadb.MYSQL_OPT_WRITE_TIMEOUT, login.Timeout);

        if (login.DoesNotBlock)
        {
            _ = LibMariadb.mysql_options(_mysql, LibMariadb.MYSQL_OPT_NONBLOCK, null);
        }

        // A server must not ask for files of this machine.
        SetNumber(LibMariadb.MYSQL_OPT_LOCAL_INFILE, 0);
        if (login.Tls is { } tls)
        {
            fixed (byte* key = CString(tls.Key), cert = CString(tls.Certificate), ca = CString(tls.Authority),
                directory = CString(tls.AuthorityDirectory), cipher = CString(tls.Cipher))
            {
                _ = LibMariadb.mysql_ssl_set(_mysql, key, cert, ca, directory, cipher);
            }
        }
    }

    private void Connect(MariadbLogin login)
    {
        fixed (byte* host = CString(login.Host), user = CString(login.User), password = CString(login.Password),
            socket = CString(login.Socket))
        {
            Check(0 != LibMariadb.mysql_real_connect(
                _mysql, host, user, password, null, login.Port, socket, new CULong(login.Flags)));
        }
    }

    private void SetNumber(int option, uint value) => _ = LibMariadb.mysql_options(_mysql, option, &value);

    private void Send(string sql)
    {
        byte[] bytes = WireText.ToBytes(sql);
        fixed (byte* text = bytes)
        {
            Check(LibMariadb.mysql_real_query(_mysql, text, new CULong((nuint)bytes.Length)) == 0);
        }
    }

    private nint FirstResult()
    {
        do
        {
            nint result = LibMariadb.mysql_use_result(_mysql);
            if (result != 0)
            {
                return result;
            }

            Check(LibMariadb.mysql_field_count(_mysql) == 0);
        }
        while (HasNext());

        throw new MariadbException("the statement gives no rows");
    }

    private bool HasNext()
    {
        int next = LibMariadb.mysql_next_result(_mysql);
        Check(next <= 0);
        return next == 0;
    }

    /// <summary>Adds one result (zero for a statement without columns) and frees it.</summary>
    private MariadbResult Take(MariadbResult before, nint result, List<string?[]>? rows = null)
    {
        if (result == 0)
        {
            Check(LibMariadb.mysql_field_count(_mysql) == 0);
            return before with { Affected = (long)LibMariadb.mysql_affected_rows(_mysql) };
        }

        string?[]? row = before.ReturnedRows ? before.Row : Fetch(result);
        for (string?[]? next = before.ReturnedRows ? null : row; next is not null && rows is not null; next = Fetch(result))
        {
            rows.Add(next);
        }

        // mysql_store_result() has fetched all rows.
        bool several = before.ReturnedRows ? before.HasSeveral : row is not null && rows is null && Fetch(result) is not null;
        LibMariadb.mysql_free_result(result);
        return before with { Row = row, ReturnedRows = true, HasSeveral = several };
    }

    private static string?[]? Fetch(nint result)
    {
        byte** row = LibMariadb.mysql_fetch_row(result);
        if (row == null)
        {
            return null;
        }

        CULong* lengths = LibMariadb.mysql_fetch_lengths(result);
        string?[] columns = new string?[LibMariadb.mysql_num_fields(result)];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = row[i] == null ? null : WireText.FromBytes(new ReadOnlySpan<byte>(row[i], (int)lengths[i].Value));
        }

        return columns;
    }

    private void Check(bool succeeded)
    {
        if (!succeeded)
        {
            throw new MariadbException(LibMariadb.mysql_errno(_mysql), Text(LibMariadb.mysql_error(_mysql)));
        }
    }

    private static string Text(byte* text) =>
        text == null ? "" : WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    private static byte[]? CString(string? text) => text is null ? null : WireText.ToBytes(text + '\0');
}
