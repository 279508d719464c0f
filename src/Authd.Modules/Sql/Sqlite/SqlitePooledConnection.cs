// A connection to an SQLite database that is kept open.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>
/// The events' thread makes a look-up itself: it is usually over before another thread would have begun it. Look-ups of requests that
/// have arrived together lock the database once, until the last of them is answered; a single one unlocks it before its answer. One that
/// finds it locked, or takes more than a moment, is run again from its beginning in a thread that may wait; so is everything else.
/// </summary>
internal sealed class SqlitePooledConnection : PooledConnection<SqlRequest>
{
    private readonly SqliteConnection _connection;
    private readonly SlowStatements _slow;
    private readonly BlockingWork _blocking;
    private readonly EventLoop _events;
    private readonly SqlComplaints _complaints;
    private readonly Func<SqlRequest, SqlResult?> _runBriefly;
    private readonly Action _endTurn;
    private bool _isInTurn;

    /// <summary>Takes a connection over.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="slow">The statements that take more than a moment.</param>
    /// <param name="blocking">Threads that may wait.</param>
    /// <param name="events">The worker's.</param>
    /// <param name="log">The log.</param>
    public SqlitePooledConnection(SqliteConnection connection, SlowStatements slow, BlockingWork blocking, EventLoop events, Log log)
    {
        (_connection, _slow, _blocking, _events) = (connection, slow, blocking, events);
        _complaints = new SqlComplaints(SqliteModule.Name, log);
        (_runBriefly, _endTurn) = (RunBriefly, EndTurn);
    }

    /// <inheritdoc/>
    public override async Task<bool> SendAsync()
    {
        await _events.EnterAsync();

        // Only what is known to share a round trip comes together, and nothing in here says so of itself.
        SqlRequest request = Group[0];
        bool isDone = request.IsLookup && IsNearby && !_slow.Contains(request.Template) && Answer(request, _runBriefly);
        if (!isDone)
        {
            EndBriefReading();
            await _blocking.RunAsync(() => request.IsAnswered || Answer(request, Run), CancellationToken.None);
        }

        return Failure.Length == 0;
    }

    /// <inheritdoc/>
    public override void Interrupt() => _connection.Interrupt();

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        await _events.EnterAsync();
        EndBriefReading();
        _connection.Dispose();
    }

    private SqlResult? RunBriefly(SqlRequest request)
    {
        bool isFirst = !_isInTurn;
        if (isFirst)
        {
            _isInTurn = true;
            _events.AfterTurn(_endTurn);
        }

        SqlResult? result = _connection.RunBriefly(request.Template, request.Values, isFirst, out bool isSlow);
        if (isSlow)
        {
            _slow.Add(request.Template);
        }

        return result;
    }

    private void EndTurn()
    {
        _isInTurn = false;
        EndBriefReading();
    }

    private void EndBriefReading()
    {
        try
        {
            _connection.EndBriefReading();
        }
        catch (SqlFailureException failure)
        {
            // The next request finds it, and leaves the connection.
            Failure = failure.Message;
        }
    }

    /// <summary>In a thread that may wait for a lock, or for a hash.</summary>
    private SqlResult? Run(SqlRequest request) =>
        request.IsList ? new(SqlStatus.Done, ReturnedRows: true, All: [.. _connection.Rows(request.Template, request.Values)])
        : request.IsChange ? SqlChange.RunAsync(_connection, request).AsTask().GetAwaiter().GetResult()
        : _connection.Run(request.Template, request.Values);

    /// <summary>Runs a request's statement and answers it; false: it has not been run to its end.</summary>
    private bool Answer(SqlRequest request, Func<SqlRequest, SqlResult?> run)
    {
        SqlResult? result;
        try
        {
            result = run(request);
        }
        catch (Exception failure) when (failure is SqlFailureException { Trouble: SqlErrorKind.Connection }
            || (request.IsList && failure is not SqlRefusedException))
        {
            // A connection in the middle of a list is of no more use.
            Failure = failure.Message;
            return true;
        }
        catch (Exception failure) when (failure is SqlFailureException or SqlRefusedException)
        {
            // An abandoned connection's request has been answered and logged.
            result = _complaints.Answer(request, failure, isTold: Abandoned);
        }

        if (result is { } answer)
        {
            HasAnswered();
            request.CompleteLater(answer);
        }

        return result is not null;
    }
}
