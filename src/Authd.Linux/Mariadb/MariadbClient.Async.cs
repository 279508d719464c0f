using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Linux.Events;
using Tmds.Linux;

namespace Authd.Linux.Mariadb;

/// <content>
/// Statements that wait in the worker's epoll for their answers, by the library's non-blocking
/// calls. Each is started and continued on the loop's thread, so that two threads never use
/// the connection at once, whichever thread asks for a statement or gives it up.
/// </content>
public sealed partial class MariadbClient
{
    private readonly SocketWait _wait = new();
    private bool _waits;

    // The result of the call under way: mysql_real_query()'s number, mysql_store_result()'s pointer.
    private int _number;
    private nint _result;

    private enum Call
    {
        Query,
        StoreResult,
        NextResult,
    }

    /// <summary>Like <see cref="Run"/>, without blocking.</summary>
    /// <param name="events">The loop that waits.</param>
    /// <param name="sql">Wire text.</param>
    /// <param name="rows">Takes all rows of the first result with columns; <c>null</c>: they are not wanted.</param>
    /// <exception cref="MariadbException">One of the statements failed.</exception>
    public async ValueTask<MariadbResult> RunAsync(EventLoop events, string sql, List<string?[]>? rows = null)
    {
        await events.EnterAsync();
        await GoOnAsync(events, Call.Query, BeginQuery(sql));
        Check(_number == 0);
        MariadbResult all = new(null, false, -1);
        do
        {
            await GoOnAsync(events, Call.StoreResult, Begin(Call.StoreResult));
            all = Take(all, _result, rows);
        }
        while (await HasNextAsync(events));

        return all;
    }

    /// <summary>
    /// The same connection for prepared statements; <c>null</c> for an encrypted or compressed one, which only the library can
    /// read and write.
    /// </summary>
    public MariadbPipeline? Pipeline(EventLoop events) => IsPlain ? new MariadbPipeline(this, events) : null;

    /// <summary>Ends a statement's wait, which makes the connection unusable. Any thread may call this.</summary>
    public void Interrupt(EventLoop events) => events.Invoke(() =>
    {
        if (_waits)
        {
            Shutdown();
        }
    });

    /// <summary>Waits for the socket.</summary>
    internal async ValueTask WaitAsync(EventLoop events, int happening)
    {
        _waits = true;
        await events.WaitAsync(Descriptor, _wait, happening);
        _waits = false;
    }

    private async ValueTask GoOnAsync(EventLoop events, Call call, int waitsFor)
    {
        while (waitsFor != 0)
        {
            await WaitAsync(events, ToEpoll(waitsFor));

            // ConnectionPool limits the waiting time.
            waitsFor = GoOn(call, waitsFor & ~LibMariadb.MYSQL_WAIT_TIMEOUT);
        }
    }

    private async ValueTask<bool> HasNextAsync(EventLoop events)
    {
        if (LibMariadb.mysql_more_results(_mysql) == 0)
        {
            return false;
        }

        await GoOnAsync(events, Call.NextResult, Begin(Call.NextResult));
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
    // The library may read the text of a statement until the call is done.
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

    private int Begin(Call call)
    {
        int number = 0;
        nint result = 0;
        int waitsFor = call == Call.StoreResult
            ? LibMariadb.mysql_store_result_start(&result, _mysql)
            : LibMariadb.mysql_next_result_start(&number, _mysql);
        (_number, _result) = (number, result);
        return waitsFor;
    }

    private int GoOn(Call call, int happened)
    {
        int number = 0;
        nint result = 0;
        int waitsFor = call switch
        {
            Call.Query => LibMariadb.mysql_real_query_cont(&number, _mysql, happened),
            Call.StoreResult => LibMariadb.mysql_store_result_cont(&result, _mysql, happened),
            _ => LibMariadb.mysql_next_result_cont(&number, _mysql, happened),
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
