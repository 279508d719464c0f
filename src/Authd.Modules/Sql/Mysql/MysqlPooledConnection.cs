using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Linux.Mariadb;
using Authd.Linux.Native;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Mysql;

/// <summary>A pooled connection to MariaDB or MySQL. The worker does other work until the answers come. Statements that cannot be
/// prepared go alone, after the others.</summary>
internal sealed class MysqlPooledConnection : PooledConnection<SqlRequest>
{
    private readonly MysqlConnection _connection;
    private readonly EventLoop _events;
    private readonly Action _cannotPrepare;
    private readonly SqlComplaints _complaints;
    private readonly Queue<MysqlConnection.Sent> _sent = [];
    private readonly List<SqlRequest> _alone = [];
    private readonly Action _sendJoined;
    private bool _isReading;
    private bool _hasJoined;

    /// <summary>Takes over a connection.</summary>
    /// <param name="connection">The open connection.</param>
    /// <param name="events">The loop that waits.</param>
    /// <param name="prepares">Whether to prepare statements.</param>
    /// <param name="cannotPrepare">Called when the server's packets are malformed.</param>
    /// <param name="log">The log.</param>
    public MysqlPooledConnection(MysqlConnection connection, EventLoop events, bool prepares, Action cannotPrepare, Log log)
    {
        (_connection, _events, _cannotPrepare, _complaints) = (connection, events, cannotPrepare, new(MysqlModule.Name, log));
        connection.Enter(events, prepares);
        _sendJoined = SendJoined;
    }

    /// <inheritdoc/>
    public override async Task<bool> SendAsync()
    {
        await _events.EnterAsync();
        try
        {
            await PrepareAsync();
            if (_sent.Count > 0)
            {
                await _connection.SendAsync();
                await AnswerSentAsync();
            }

            foreach (SqlRequest request in _alone)
            {
                await AnswerAsync(request);
            }

            return true;
        }
        catch (Exception failure) when (failure is SqlFailureException or LibcException)
        {
            _isReading = false;
            Lose(failure);
            return false;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The server reads one statement after the other, so it need not fall asleep between two of them. All that join in one turn
    /// of the events travel together.</remarks>
    public override bool TryJoinGroup(SqlRequest request)
    {
        if (!_isReading || _alone.Count > 0 || EventLoop.Current != _events || _connection.TryAdd(request) is not { } sent)
        {
            return false;
        }

        _sent.Enqueue(sent);
        if (!_hasJoined)
        {
            _hasJoined = true;
            _events.AfterTurn(_sendJoined);
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Interrupt() => _connection.Stop();

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        await _events.EnterAsync();
        _connection.Dispose();
    }

    private void SendJoined()
    {
        _hasJoined = false;
        if (_isReading)
        {
            _connection.SendAtOnce();
        }
    }

    private async ValueTask AnswerSentAsync()
    {
        _isReading = true;
        while (_sent.TryDequeue(out MysqlConnection.Sent? sent))
        {
            await AnswerAsync(sent);
            await _connection.SendAsync();
        }

        _isReading = false;
    }

    private async ValueTask PrepareAsync()
    {
        _sent.Clear();
        _alone.Clear();
        foreach (SqlRequest request in Group)
        {
            if (request.IsAnswered)
            {
                continue;
            }

            if (await _connection.AddAsync(request) is { } sent)
            {
                _sent.Enqueue(sent);
            }
            else
            {
                _alone.Add(request);
            }
        }
    }

    private async ValueTask AnswerAsync(MysqlConnection.Sent sent)
    {
        try
        {
            SqlResult? result = await _connection.NextAsync(sent);
            HasAnswered();
            if (result is { } answer)
            {
                Answer(sent.Request, answer);
            }
            else
            {
                _alone.Add(sent.Request);
            }
        }
        catch (SqlFailureException failure) when (failure.Trouble != SqlErrorKind.Connection)
        {
            Judge(sent.Request, failure);
        }
    }

    private async ValueTask AnswerAsync(SqlRequest request)
    {
        try
        {
            Answer(request, await _connection.RunAsync(request));
        }
        catch (Exception failure) when (
            failure is SqlRefusedException or SqlFailureException { Trouble: not SqlErrorKind.Connection })
        {
            Judge(request, failure);
        }
        catch (SqlFailureException failure) when (failure.IsKnownUndone)
        {
            request.IsKnownUndone = true;
            throw;
        }
    }

    /// <summary>Judges a failure. An abandoned connection's requests have been answered and logged.</summary>
    private void Judge(SqlRequest request, Exception failure) =>
        Answer(request, _complaints.Answer(request, failure, isTold: Abandoned));

    /// <summary>Answers. In a group, the next steps need not wait for the rest; for the last request they would find the
    /// connection busy.</summary>
    private void Answer(SqlRequest request, SqlResult result)
    {
        HasAnswered();
        if (Group.Count == 1)
        {
            request.CompleteLater(result);
        }
        else
        {
            LeaveGroup(request);
            request.Complete(result);
        }
    }

    private void Lose(Exception failure)
    {
        Failure = failure.Message;
        if (failure.InnerException is MariadbException { Code: MariadbPipeline.Malformed })
        {
            _cannotPrepare();
        }
    }
}
