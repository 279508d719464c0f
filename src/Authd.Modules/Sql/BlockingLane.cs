// A lane whose connection is a C library's.
using Authd.Core.Logging;
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>Every statement goes alone, in the lane's own thread.</summary>
/// <param name="connection">Open.</param>
/// <param name="thread">The only one that uses it.</param>
/// <param name="module">The module's name, for log lines.</param>
/// <param name="log">The log.</param>
internal sealed class BlockingLane(IBlockingConnection connection, LaneThread thread, string module, Log log) : Lane<SqlJob>
{
    /// <inheritdoc/>
    public override Task<bool> SendAsync() => thread.RunAsync(Send, IsQuick);

    /// <inheritdoc/>
    public override void Interrupt() => connection.Interrupt();

    /// <inheritdoc/>
    public override Task CloseAsync() => thread.EndAsync(connection.Dispose);

    private bool Send()
    {
        // Only what is known to share a round trip comes together, and nothing in here says so of itself.
        SqlJob job = Group[0];
        if (job.IsAnswered)
        {
            return true;
        }

        SqlResult? result = Run(job);
        HasAnswered();
        if (result is { } answer)
        {
            job.CompleteLater(answer);
        }

        return result is not null;
    }

    /// <summary>The answer, <c>null</c> when the connection is of no more use.</summary>
    private SqlResult? Run(SqlJob job)
    {
        try
        {
            return job.IsList ? List(job) : connection.Run(job.Template, job.Values);
        }
        catch (SqlFailureException failure) when (failure.Trouble == SqlTrouble.Connection)
        {
            Failure = failure.Message;
            return null;
        }
        catch (SqlFailureException failure) when (failure.Trouble == SqlTrouble.Encoding)
        {
            log.Debug($"{module}: {failure.Message}");
            return SqlResult.Unrepresentable;
        }
        catch (Exception failure) when (job.IsList && failure is not SqlRefusedException)
        {
            // What a library leaves behind in the middle of a list is of no more use.
            Failure = failure.Message;
            return null;
        }
        catch (Exception failure) when (failure is SqlFailureException or SqlRefusedException)
        {
            // An abandoned lane's request has been answered, and the log has been told.
            if (!Abandoned)
            {
                log.Err($"{module}: {failure.Message}");
            }

            return SqlResult.Failed;
        }
    }

    private SqlResult List(SqlJob job) => new(SqlEnd.Done, GaveRows: true, All: [.. connection.Rows(job.Template, job.Values)]);
}
