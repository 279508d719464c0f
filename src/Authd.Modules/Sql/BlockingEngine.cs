// What the engines on C libraries share: connections are made, and lists read, in threads of their own.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>An engine some or all of whose calls block.</summary>
/// <param name="log">The log.</param>
public abstract class BlockingEngine(Log log) : ISqlEngine
{
    private const int RowsAtOnce = 64;
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);

    /// <inheritdoc/>
    public abstract string ModuleName { get; }

    /// <inheritdoc/>
    public abstract string? LostLine { get; }

    /// <inheritdoc/>
    public abstract TimeSpan AttemptLimit { get; }

    /// <summary>The log.</summary>
    protected Log Log => log;

    /// <inheritdoc/>
    public async Task<Lane<SqlJob>> OpenAsync(CancellationToken cancel)
    {
        LaneThread thread = new(ModuleName, continues: true);
        ISqlConnection connection = await ConnectAsync(thread, streaming: false, cancel);
        return NewLane(connection, thread);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?[]> StreamAsync(
        SqlTemplate query, SqlValues values, [EnumeratorCancellation] CancellationToken cancel)
    {
        LaneThread thread = new(ModuleName, continues: false);
        ISqlConnection connection = await ConnectForListAsync(thread, cancel);
        IEnumerator<string?[]> rows = connection.Rows(query, values).GetEnumerator();
        bool finished = false;
        try
        {
            List<string?[]> some;
            while ((some = await NextAsync(thread, rows, cancel)).Count > 0)
            {
                foreach (string?[] row in some)
                {
                    yield return row;
                }
            }

            finished = true;
        }
        finally
        {
            if (!finished)
            {
                connection.Interrupt();
            }

            // Behind the caller's back: the thread may still be waiting for the database.
            _ = thread.EndAsync(() =>
            {
                rows.Dispose();
                connection.Dispose();
            });
        }
    }

    /// <inheritdoc/>
    public abstract Absence Explain(Exception failure);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes the lane of a new connection.</summary>
    /// <param name="connection">What <see cref="Connect"/> has made.</param>
    /// <param name="thread">The thread that made it; taken over.</param>
    protected abstract Lane<SqlJob> NewLane(ISqlConnection connection, LaneThread thread);

    /// <summary>Connects; blocks.</summary>
    /// <param name="streaming">For a list: without a limit on the time of the statement.</param>
    /// <exception cref="SqlFailureException">None of the servers took us.</exception>
    protected abstract ISqlConnection Connect(bool streaming);

    private Task<ISqlConnection> ConnectAsync(LaneThread thread, bool streaming, CancellationToken cancel) =>
        thread.OpenAsync(() => Connect(streaming), static connection => connection.Dispose(), cancel);

    private async Task<ISqlConnection> ConnectForListAsync(LaneThread thread, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(AttemptLimit);
        try
        {
            return await ConnectAsync(thread, streaming: true, limit.Token);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            throw new SqlNoConnectionException(failure);
        }
    }

    private async Task<List<string?[]>> NextAsync(LaneThread thread, IEnumerator<string?[]> rows, CancellationToken cancel)
    {
        try
        {
            return await thread.RunAsync(() => Take(rows)).WaitAsync(Silence, cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            log.Err($"{ModuleName}: enumeration failed: {failure.Message}");
            throw new EnumerationFailedException(failure.Message, failure);
        }
    }

    private static List<string?[]> Take(IEnumerator<string?[]> rows)
    {
        List<string?[]> some = [];
        while (some.Count < RowsAtOnce && rows.MoveNext())
        {
            some.Add(rows.Current);
        }

        return some;
    }
}
