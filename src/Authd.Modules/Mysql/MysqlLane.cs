// A lane to MariaDB or MySQL.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>The worker does other things until the answers come. What cannot be prepared goes alone, behind the rest.</summary>
internal sealed class MysqlLane : Lane<SqlJob>
{
    private readonly MysqlConnection _connection;
    private readonly SocketEvents _events;
    private readonly Action _cannotPrepare;
    private readonly Log _log;
    private readonly List<MysqlConnection.Sent> _sent = [];
    private readonly List<SqlJob> _alone = [];

    /// <summary>Takes a connection over.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="events">Where to wait.</param>
    /// <param name="prepares">Whether to prepare statements.</param>
    /// <param name="cannotPrepare">Called when the server's packets are not what they should be.</param>
    /// <param name="log">The log.</param>
    public MysqlLane(MysqlConnection connection, SocketEvents events, bool prepares, Action cannotPrepare, Log log)
    {
        (_connection, _events, _cannotPrepare, _log) = (connection, events, cannotPrepare, log);
        connection.Enter(events, prepares);
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
                foreach (MysqlConnection.Sent sent in _sent)
                {
                    await AnswerAsync(sent);
                }
            }

            foreach (SqlJob job in _alone)
            {
                await AnswerAsync(job);
            }

            return true;
        }
        catch (Exception failure) when (failure is SqlFailureException or LibcException)
        {
            Lose(failure);
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Interrupt() => _connection.Stop();

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        await _events.EnterAsync();
        _connection.Dispose();
    }

    private async ValueTask PrepareAsync()
    {
        _sent.Clear();
        _alone.Clear();
        foreach (SqlJob job in Group)
        {
            if (job.IsAnswered)
            {
                continue;
            }

            if (await _connection.AddAsync(job) is { } sent)
            {
                _sent.Add(sent);
            }
            else
            {
                _alone.Add(job);
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
                Answer(sent.Job, answer);
            }
            else
            {
                _alone.Add(sent.Job);
            }
        }
        catch (SqlFailureException failure) when (failure.Trouble != SqlTrouble.Connection)
        {
            Judge(sent.Job, failure);
        }
    }

    private async ValueTask AnswerAsync(SqlJob job)
    {
        try
        {
            Answer(job, await _connection.RunAsync(job));
        }
        catch (Exception failure) when (
            failure is SqlRefusedException or SqlFailureException { Trouble: not SqlTrouble.Connection })
        {
            Judge(job, failure);
        }
    }

    private void Judge(SqlJob job, Exception failure)
    {
        if (failure is SqlFailureException { Trouble: SqlTrouble.Encoding })
        {
            _log.Debug($"authmysql: {failure.Message}");
            Answer(job, SqlResult.Unrepresentable);
            return;
        }

        // An abandoned lane's requests have been answered, and the log has been told.
        if (!Abandoned)
        {
            _log.Err($"authmysql: {failure.Message}");
        }

        Answer(job, SqlResult.Failed);
    }

    /// <summary>The others' next steps need not wait for the whole group; a single one's would find the lane busy.</summary>
    private void Answer(SqlJob job, SqlResult result)
    {
        HasAnswered();
        if (Group.Count == 1)
        {
            job.CompleteLater(result);
        }
        else
        {
            job.Complete(result);
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
