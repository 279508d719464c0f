// A prepared statement of a connection to MariaDB or MySQL.
using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Interop;

/// <summary>
/// Statement, parameters and columns. Columns come as the text that the server would have made of them: that is so for text,
/// whole numbers and decimals; statements that give something else are left to <see cref="MariadbClient.RunAsync(SocketEvents,
/// string)"/>.
/// </summary>
public sealed unsafe class MariadbStatement : IDisposable
{
    /// <summary>The longest parameter, bytes.</summary>
    public const int LongestParameter = 512;

    private const int UsualColumn = 256;
    private nuint _columnSize = UsualColumn;
    private int _columns;
    private LibMariadb.Bind* _parameterBinds;
    private byte* _parameterBytes;
    private nuint* _parameterLengths;
    private LibMariadb.Bind* _columnBinds;
    private byte* _columnBytes;
    private nuint* _columnLengths;
    private byte* _columnMarks;

    internal MariadbStatement(nint mysql) => Handle = LibMariadb.mysql_stmt_init(mysql);

    /// <summary>MYSQL_STMT*.</summary>
    internal nint Handle { get; }

    /// <summary>
    /// Forgets the statement. The server is not told when the connection has been closed before, nor need it be.
    /// </summary>
    public void Dispose()
    {
        _ = LibMariadb.mysql_stmt_close(Handle);
        NativeMemory.Free(_parameterBinds);
        NativeMemory.Free(_parameterBytes);
        NativeMemory.Free(_parameterLengths);
        NativeMemory.Free(_columnBinds);
        NativeMemory.Free(_columnBytes);
        NativeMemory.Free(_columnLengths);
        NativeMemory.Free(_columnMarks);
    }

    internal void Check(bool succeeded)
    {
        if (!succeeded)
        {
            throw new MariadbException(
                LibMariadb.mysql_stmt_errno(Handle),
                WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LibMariadb.mysql_stmt_error(Handle))));
        }
    }

    /// <summary>Makes room for parameters and columns of the prepared statement, if it is one that suits.</summary>
    internal bool TryBind(int parameters)
    {
        _columns = (int)LibMariadb.mysql_stmt_field_count(Handle);
        if (_columns == 0 || LibMariadb.mysql_stmt_param_count(Handle).Value != (nuint)parameters || !IsKnown())
        {
            return false;
        }

        BindParameters(parameters);
        _columnBinds = New<LibMariadb.Bind>(_columns);
        _columnLengths = New<nuint>(_columns);
        _columnMarks = New<byte>(2 * _columns);
        BindColumns(UsualColumn);
        return true;
    }

    /// <summary>Sets the parameters.</summary>
    internal void Fill(string[] parameters)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            _parameterLengths[i] = (nuint)WireText.ToBytes(
                parameters[i], new Span<byte>(_parameterBytes + (i * LongestParameter), LongestParameter));
        }
    }

    /// <summary>The first row of what has been executed and stored, and whether its columns are of a known kind.</summary>
    internal (bool Known, string?[]? Row) TakeRow()
    {
        try
        {
            // A parameter's type, and with it that of a column, is known to the server only now.
            return IsKnown() ? (true, FirstRow()) : (false, null);
        }
        finally
        {
            _ = LibMariadb.mysql_stmt_free_result(Handle);
        }
    }

    private string?[]? FirstRow()
    {
        int end = LibMariadb.mysql_stmt_fetch(Handle);
        if (end == LibMariadb.MYSQL_NO_DATA)
        {
            return null;
        }

        if (end == LibMariadb.MYSQL_DATA_TRUNCATED)
        {
            BindColumns(Longest());
            LibMariadb.mysql_stmt_data_seek(Handle, 0);
            end = LibMariadb.mysql_stmt_fetch(Handle);
        }

        Check(end == 0);
        string?[] row = new string?[_columns];
        for (int i = 0; i < _columns; i++)
        {
            row[i] = _columnMarks[i] != 0 ? null : WireText.FromBytes(
                new ReadOnlySpan<byte>(_columnBytes + ((nuint)i * _columnSize), (int)_columnLengths[i]));
        }

        return row;
    }

    private nuint Longest()
    {
        nuint longest = 0;
        for (int i = 0; i < _columns; i++)
        {
            longest = _columnMarks[i] == 0 ? nuint.Max(longest, _columnLengths[i]) : longest;
        }

        return longest;
    }

    private bool IsKnown()
    {
        nint metadata = LibMariadb.mysql_stmt_result_metadata(Handle);
        if (metadata == 0)
        {
            return false;
        }

        bool known = true;
        LibMariadb.Field* fields = LibMariadb.mysql_fetch_fields(metadata);
        for (int i = 0; i < _columns && known; i++)
        {
            known = fields[i].Type switch
            {
                LibMariadb.MYSQL_TYPE_TINY or LibMariadb.MYSQL_TYPE_SHORT or LibMariadb.MYSQL_TYPE_INT24 or LibMariadb.MYSQL_TYPE_LONG
                    or LibMariadb.MYSQL_TYPE_LONGLONG => (fields[i].Flags & LibMariadb.ZEROFILL_FLAG) == 0,
                LibMariadb.MYSQL_TYPE_NULL or LibMariadb.MYSQL_TYPE_VARCHAR => true,

                // Decimals, enumerations, sets, texts, blobs; behind them come shapes.
                >= LibMariadb.MYSQL_TYPE_NEWDECIMAL and <= LibMariadb.MYSQL_TYPE_STRING => true,
                _ => false,
            };
        }

        LibMariadb.mysql_free_result(metadata);
        return known;
    }

    private void BindParameters(int count)
    {
        _parameterBinds = New<LibMariadb.Bind>(count);
        _parameterLengths = New<nuint>(count);
        _parameterBytes = New<byte>(count * LongestParameter);
        for (int i = 0; i < count; i++)
        {
            _parameterBinds[i].BufferType = LibMariadb.MYSQL_TYPE_VAR_STRING;
            _parameterBinds[i].Buffer = _parameterBytes + (i * LongestParameter);
            _parameterBinds[i].Length = _parameterLengths + i;
        }

        Check(count == 0 || LibMariadb.mysql_stmt_bind_param(Handle, _parameterBinds) == 0);
    }

    private void BindColumns(nuint size)
    {
        _columnSize = size;
        _columnBytes = (byte*)NativeMemory.Realloc(_columnBytes, (nuint)_columns * size);
        for (int i = 0; i < _columns; i++)
        {
            _columnBinds[i].BufferType = LibMariadb.MYSQL_TYPE_STRING;
            _columnBinds[i].Buffer = _columnBytes + ((nuint)i * size);
            _columnBinds[i].BufferLength = size;
            _columnBinds[i].Length = _columnLengths + i;
            _columnBinds[i].IsNull = _columnMarks + i;
            _columnBinds[i].Error = _columnMarks + _columns + i;
        }

        Check(LibMariadb.mysql_stmt_bind_result(Handle, _columnBinds) == 0);
    }

    private static T* New<T>(int count)
        where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)Math.Max(count, 1), (nuint)sizeof(T));
}
