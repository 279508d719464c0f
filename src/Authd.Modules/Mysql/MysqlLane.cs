// A lane to MariaDB or MySQL.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>Every statement goes alone. The worker does other things until its answer comes.</summary>
/// <param name="connection">Open.</param>
/// <param name="events">Where to wait.</param>
/// <param name="log">The log.</param>
internal sealed class MysqlLane(MysqlConnection connection, SocketEvents events, Log log) : Lane<SqlJob>
{
    /// <inheritdoc/>
    public override async Task<bool> SendAsync()
    {
        // Only what is known to share a round trip comes together, and nothing in here says so of itself.
        SqlJob job = Group[0];
        if (job.IsAnswered)
        {
            return true;
        }

        SqlResult? result = await RunAsync(job);
        LastAnswer = Environment.TickCount64;
        if (result is { } answer)
        {
            job.CompleteLater(answer);
            return true;
        }

        if (!job.IsLookup && !Abandoned)
        {
            // The server may have done it: the pool does not send again what is answered.
            log.Err($"authmysql: {Failure}");
            job.CompleteLater(SqlResult.Failed);
        }

        return false;
    }

    /// <inheritdoc/>
    public override void Interrupt() => connection.Interrupt(events);

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        await events.EnterAsync();
        connection.Dispose();
    }

    /// <summary>The answer, <c>null</c> when the connection is of no more use.</summary>
    private async ValueTask<SqlResult?> RunAsync(SqlJob job)
    {
        try
        {
            return await connection.RunAsync(job, events);
        }
        catch (SqlFailureException failure) when (failure.Trouble == SqlTrouble.Connection)
        {
            Failure = failure.Message;
            return null;
        }
        catch (LibcException failure)
        {
            Failure = failure.Message;
            return null;
        }
        catch (SqlFailureException failure) when (failure.Trouble == SqlTrouble.Encoding)
        {
            log.Debug($"authmysql: {failure.Message}");
            return SqlResult.Unrepresentable;
        }
        catch (Exception failure) when (failure is SqlFailureException or SqlRefusedException)
        {
            // An abandoned lane's request has been answered, and the log has been told.
            if (!Abandoned)
            {
                log.Err($"authmysql: {failure.Message}");
            }

            return SqlResult.Failed;
        }
    }
}
