// The common part of the engines on C libraries: connections are made, and lists read, in threads of their own.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Modules.Pool;

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
    public async Task<PooledConnection<SqlRequest>> OpenAsync(CancellationToken cancel) =>
        NewConnection(await ConnectAsync(streaming: false, cancel));

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?[]> StreamAsync(
        SqlTemplate query, SqlValues values, [EnumeratorCancellation] CancellationToken cancel)
    {
        ISqlConnection connection = await ConnectForListAsync(cancel);
        IEnumerator<string?[]> rows = connection.Rows(query, values).GetEnumerator();
        Task<List<string?[]>> reading = Task.FromResult<List<string?[]>>([]);
        bool finished = false;
        try
        {
            List<string?[]> some;
            while ((some = await NextAsync(reading = OwnThread.RunAsync(() => Take(rows)), query, values, cancel)).Count > 0)
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

            // Behind the caller's back: a thread may still be waiting for the database.
            _ = reading.ContinueWith(
                _ =>
                {
                    rows.Dispose();
                    connection.Dispose();
                },
                CancellationToken.None,
                TaskContinuationOptions.LongRunning,
                TaskScheduler.Default);
        }
    }

    /// <inheritdoc/>
    public abstract ConnectFailure Explain(Exception failure);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes a new connection one of the pool's.</summary>
    /// <param name="connection">The result of <see cref="Connect"/>.</param>
    protected abstract PooledConnection<SqlRequest> NewConnection(ISqlConnection connection);

    /// <summary>Connects; blocks.</summary>
    /// <param name="streaming">For a list: without a time limit for the statement.</param>
    /// <exception cref="SqlFailureException">No server accepted us.</exception>
    protected abstract ISqlConnection Connect(bool streaming);

    private Task<ISqlConnection> ConnectAsync(bool streaming, CancellationToken cancel) =>
        OwnThread.OpenAsync(() => Connect(streaming), static connection => connection.Dispose(), cancel);

    private async Task<ISqlConnection> ConnectForListAsync(CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(AttemptLimit);
        try
        {
            return await ConnectAsync(streaming: true, limit.Token);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            throw new SqlNoConnectionException(failure);
        }
    }

    private async Task<List<string?[]>> NextAsync(
        Task<List<string?[]>> reading, SqlTemplate query, SqlValues values, CancellationToken cancel)
    {
        try
        {
            return await reading.WaitAsync(Silence, cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            SqlRequest list = new(query, values, SqlRequestKind.List, TimeSpan.Zero);
            string text = failure is SqlFailureException known ? SqlErrorText.Line(list, known) : failure.Message;
            string line = $"{ModuleName}: enumeration failed: {text}";
            log.Err(list.Template.IsNews(text) ? $"{line}; the statement is: {list.Template.Shown}" : line);
            throw new EnumerationFailedException(text, failure);
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
