// Statements that wait in the worker's epoll for their answers.
using System.Runtime.InteropServices;
using Authd.Core;
using Tmds.Linux;

namespace Authd.Interop;

/// <content>
/// The library's calls that do not block. Each is begun and goes on on the thread of the events, so that no two threads ever
/// use the connection at once, whoever asks for a statement or gives it up.
/// </content>
public sealed partial class MariadbClient
{
    private readonly SocketWait _wait = new();
    private bool _waits;

    // What the call under way gives: mysql_real_query()'s number, mysql_store_result()'s pointer.
    private int _number;
    private nint _result;

    private enum Call
    {
        Query,
        StoreResult,
        NextResult,
        Prepare,
        Execute,
        StoreRows,
    }

    /// <summary>As <see cref="Run"/>.</summary>
    /// <exception cref="MariadbException">One of the statements failed.</exception>
    public async ValueTask<MariadbResult> RunAsync(SocketEvents events, string sql)
    {
        await events.EnterAsync();
        await GoOnAsync(events, Call.Query, _mysql, BeginQuery(sql));
        Check(_number == 0);
        MariadbResult all = new(null, false, -1);
        do
        {
            await GoOnAsync(events, Call.StoreResult, _mysql, Begin(Call.StoreResult, _mysql));
            all = Take(all, _result);
        }
        while (await HasNextAsync(events));

        return all;
    }

    /// <summary>
    /// Prepares a statement. <c>null</c>: it gives no rows, or some of another kind than text and whole numbers, or has not this
    /// number of parameters; then its text is what to run.
    /// </summary>
    /// <exception cref="MariadbException">The server does not take it, at least not in this way.</exception>
    public async ValueTask<MariadbStatement?> PrepareAsync(SocketEvents events, string sql, int parameters)
    {
        await events.EnterAsync();
        MariadbStatement statement = new(_mysql);
        try
        {
            await GoOnAsync(events, Call.Prepare, statement.Handle, BeginPrepare(statement.Handle, sql));
            statement.Check(_number == 0);
            if (statement.TryBind(parameters))
            {
                return statement;
            }
        }
        catch
        {
            statement.Dispose();
            throw;
        }

        statement.Dispose();
        return null;
    }

    /// <summary>Runs a prepared statement.</summary>
    /// <param name="events">Where to wait.</param>
    /// <param name="statement">Of this connection.</param>
    /// <param name="parameters">Wire text, none longer than <see cref="MariadbStatement.LongestParameter"/>.</param>
    /// <returns>The first row, if any. <c>Known</c> is false when this time the columns are of a kind that only the statement's
    /// text gives in the server's own words.</returns>
    /// <exception cref="MariadbException">It failed.</exception>
    public async ValueTask<(bool Known, string?[]? Row)> RunAsync(
        SocketEvents events, MariadbStatement statement, string[] parameters)
    {
        await events.EnterAsync();
        statement.Fill(parameters);
        await GoOnAsync(events, Call.Execute, statement.Handle, Begin(Call.Execute, statement.Handle));
        statement.Check(_number == 0);
        await GoOnAsync(events, Call.StoreRows, statement.Handle, Begin(Call.StoreRows, statement.Handle));
        statement.Check(_number == 0);
        return statement.TakeRow();
    }

    /// <summary>Ends what a statement waits for; the connection is of no more use. Any thread may call it.</summary>
    public void Interrupt(SocketEvents events) => events.Invoke(() =>
    {
        if (_waits)
        {
            Shutdown();
        }
    });

    private async ValueTask GoOnAsync(SocketEvents events, Call call, nint handle, int waitsFor)
    {
        while (waitsFor != 0)
        {
            _waits = true;
            await events.WaitAsync(LibMariadb.mysql_get_socket(_mysql), _wait, ToEpoll(waitsFor));
            _waits = false;

            // Who waits for long is LanePool's business.
            waitsFor = GoOn(call, handle, waitsFor & ~LibMariadb.MYSQL_WAIT_TIMEOUT);
        }
    }

    private async ValueTask<bool> HasNextAsync(SocketEvents events)
    {
        if (LibMariadb.mysql_more_results(_mysql) == 0)
        {
            return false;
        }

        await GoOnAsync(events, Call.NextResult, _mysql, Begin(Call.NextResult, _mysql));
        Check(_number <= 0);
        return _number == 0;
    }

    private static int ToEpoll(int waitsFor) =>
        ((waitsFor & LibMariadb.MYSQL_WAIT_READ) != 0 ? LibC.EPOLLIN : 0)
        | ((waitsFor & LibMariadb.MYSQL_WAIT_WRITE) != 0 ? LibC.EPOLLOUT : 0)
        | ((waitsFor & LibMariadb.MYSQL_WAIT_EXCEPT) != 0 ? LibC.EPOLLPRI : 0);
}

/// <content>The same calls' pointers.</content>
public sealed unsafe partial class MariadbClient
{
    // The library may read the text of a statement until the call is over.
    private byte* _text;
    private int _textSize;

    private int BeginQuery(string sql)
    {
        int length = Place(sql);
        int number = 0;
        int waitsFor = LibMariadb.mysql_real_query_start(&number, _mysql, _text, new CULong((nuint)length));
        _number = number;
        return waitsFor;
    }

    private int BeginPrepare(nint statement, string sql)
    {
        int length = Place(sql);
        int number = 0;
        int waitsFor = LibMariadb.mysql_stmt_prepare_start(&number, statement, _text, new CULong((nuint)length));
        _number = number;
        return waitsFor;
    }

    private int Begin(Call call, nint handle)
    {
        int number = 0;
        nint result = 0;
        int waitsFor = call switch
        {
            Call.StoreResult => LibMariadb.mysql_store_result_start(&result, handle),
            Call.NextResult => LibMariadb.mysql_next_result_start(&number, handle),
            Call.Execute => LibMariadb.mysql_stmt_execute_start(&number, handle),
            _ => LibMariadb.mysql_stmt_store_result_start(&number, handle),
        };
        (_number, _result) = (number, result);
        return waitsFor;
    }

    private int GoOn(Call call, nint handle, int happened)
    {
        int number = 0;
        nint result = 0;
        int waitsFor = call switch
        {
            Call.Query => LibMariadb.mysql_real_query_cont(&number, handle, happened),
            Call.StoreResult => LibMariadb.mysql_store_result_cont(&result, handle, happened),
            Call.NextResult => LibMariadb.mysql_next_result_cont(&number, handle, happened),
            Call.Prepare => LibMariadb.mysql_stmt_prepare_cont(&number, handle, happened),
            Call.Execute => LibMariadb.mysql_stmt_execute_cont(&number, handle, happened),
            _ => LibMariadb.mysql_stmt_store_result_cont(&number, handle, happened),
        };
        (_number, _result) = (number, result);
        return waitsFor;
    }

    private int Place(string sql)
    {
        if (sql.Length > _textSize)
        {
            _textSize = Math.Max(sql.Length, 1024);
            _text = (byte*)NativeMemory.Realloc(_text, (nuint)_textSize);
        }

        return WireText.ToBytes(sql, new Span<byte>(_text, _textSize));
    }
}
