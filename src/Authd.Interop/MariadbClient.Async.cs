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
    }

    /// <summary>As <see cref="Run"/>.</summary>
    /// <param name="events">Where to wait.</param>
    /// <param name="sql">Wire text.</param>
    /// <param name="rows">Takes all rows of the first result that has columns, where they are wanted.</param>
    /// <exception cref="MariadbException">One of the statements failed.</exception>
    public async ValueTask<MariadbResult> RunAsync(SocketEvents events, string sql, List<string?[]>? rows = null)
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
    /// The same connection for prepared statements; <c>null</c> where only the library can read and write it: encrypted or
    /// compressed.
    /// </summary>
    public MariadbPipeline? Pipeline(SocketEvents events) => IsPlain ? new MariadbPipeline(this, events) : null;

    /// <summary>Ends what a statement waits for; the connection is of no more use. Any thread may call it.</summary>
    public void Interrupt(SocketEvents events) => events.Invoke(() =>
    {
        if (_waits)
        {
            Shutdown();
        }
    });

    /// <summary>Waits for the socket.</summary>
    internal async ValueTask WaitAsync(SocketEvents events, int happening)
    {
        _waits = true;
        await events.WaitAsync(Descriptor, _wait, happening);
        _waits = false;
    }

    private async ValueTask GoOnAsync(SocketEvents events, Call call, int waitsFor)
    {
        while (waitsFor != 0)
        {
            await WaitAsync(events, ToEpoll(waitsFor));

            // Who waits for long is LanePool's business.
            waitsFor = GoOn(call, waitsFor & ~LibMariadb.MYSQL_WAIT_TIMEOUT);
        }
    }

    private async ValueTask<bool> HasNextAsync(SocketEvents events)
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
