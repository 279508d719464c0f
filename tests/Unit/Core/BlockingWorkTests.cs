// The limit on blocking work, and the threads that it runs on.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class BlockingWorkTests
{
    private const int AtOnce = 3;

    [Fact]
    public async Task No_more_runs_at_once_than_allowed_and_all_of_it_runs()
    {
        using BlockingWork work = new(AtOnce);
        using Barrier full = new(AtOnce);
        int running = 0;
        int most = 0;
        Task<int>[] tasks = [.. Enumerable.Range(0, 4 * AtOnce).Select(number => work.RunAsync(
            () =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref running));
                // Continues only when as many as are allowed are here together.
                Assert.True(full.SignalAndWait(TimeSpan.FromSeconds(20)));
                Interlocked.Decrement(ref running);
                return number;
            },
            CancellationToken.None))];

        Assert.Equal(Enumerable.Range(0, 4 * AtOnce), await Task.WhenAll(tasks));
        Assert.Equal(AtOnce, most);
    }

    [Fact]
    public async Task Work_whose_deadline_passes_while_it_waits_never_runs()
    {
        using BlockingWork work = new(1);
        using ManualResetEventSlim release = new();
        using CancellationTokenSource deadline = new();
        Task<bool> first = work.RunAsync(() => release.Wait(TimeSpan.FromSeconds(20)), CancellationToken.None);
        bool ran = false;
        Task<bool> second = work.RunAsync(() => ran = true, deadline.Token);

        await deadline.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        release.Set();
        Assert.True(await first);
        Assert.Equal(1, await work.RunAsync(() => 1, CancellationToken.None));
        Assert.False(ran);
    }

    [Fact]
    public async Task A_thread_is_prepared_once_and_does_not_go_on_with_what_follows_the_work()
    {
        int prepared = 0;
        using BlockingWork work = new(1, () => Interlocked.Increment(ref prepared));
        int thread = await work.RunAsync(() => Environment.CurrentManagedThreadId, CancellationToken.None);

        Assert.NotEqual(thread, Environment.CurrentManagedThreadId);
        Assert.Equal(thread, await work.RunAsync(() => Environment.CurrentManagedThreadId, CancellationToken.None));
        Assert.Equal(1, prepared);
    }

    [Fact]
    public async Task What_the_work_throws_comes_back()
    {
        using BlockingWork work = new(1);
        await Assert.ThrowsAsync<FileNotFoundException>(
            () => work.RunAsync<int>(() => throw new FileNotFoundException(), CancellationToken.None));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; seen < value; seen = most)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
