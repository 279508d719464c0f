// The events' thread makes brief calls itself, and is relieved when one is not brief.
using System.Collections.Concurrent;
using System.Threading.Channels;
using Authd.Interop;
using Xunit;

namespace Authd.Tests.Unit.Interop;

public sealed class SocketEventsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly SocketEvents _events = new();

    public void Dispose() => _events.Dispose();

    [Fact]
    public async Task A_brief_call_keeps_the_thread()
    {
        (Thread before, Thread after, bool isEvents) = await OnEventsAsync(() =>
        {
            Thread thread = Thread.CurrentThread;
            _events.EndBrief(_events.BeginBrief());
            return (thread, Thread.CurrentThread, SocketEvents.OfThisThread == _events);
        });

        Assert.Same(before, after);
        Assert.True(isEvents);
        Assert.Same(before, await OnEventsAsync(() => Thread.CurrentThread));
    }

    [Fact]
    public async Task While_a_call_lasts_another_thread_handles_the_events()
    {
        using ManualResetEventSlim release = new();
        Task<(Thread Thread, SocketEvents? Events)> kept = OnEventsAsync(() =>
        {
            long call = _events.BeginBrief();
            Assert.True(release.Wait(Limit));
            _events.EndBrief(call);
            return (Thread.CurrentThread, SocketEvents.OfThisThread);
        });
        Thread relief = await OnEventsAsync(() => Thread.CurrentThread);
        Assert.False(kept.IsCompleted);
        release.Set();
        (Thread thread, SocketEvents? events) = await kept.WaitAsync(Limit);

        Assert.NotSame(relief, thread);
        Assert.Null(events);
        Assert.Same(relief, await OnEventsAsync(() => Thread.CurrentThread));
    }

    [Fact]
    public async Task Several_lasting_calls_are_relieved_one_after_the_other()
    {
        const int calls = 5;
        using ManualResetEventSlim release = new();
        Task<int>[] kept =
        [
            .. Enumerable.Range(0, calls).Select(_ => OnEventsAsync(() =>
            {
                long call = _events.BeginBrief();
                Assert.True(release.Wait(Limit));
                _events.EndBrief(call);
                return Environment.CurrentManagedThreadId;
            })),
        ];
        await OnEventsAsync(() => true);
        Assert.DoesNotContain(kept, call => call.IsCompleted);
        release.Set();

        Assert.Equal(calls, (await Task.WhenAll(kept).WaitAsync(Limit)).Distinct().Count());
    }

    [Fact]
    public async Task What_was_asked_for_before_a_lasting_call_is_done_once()
    {
        using ManualResetEventSlim release = new();
        ConcurrentQueue<int> done = [];
        Task first = OnEventsAsync(() =>
        {
            long call = _events.BeginBrief();
            Assert.True(release.Wait(Limit));
            _events.EndBrief(call);
            return true;
        });
        for (int i = 0; i < 100; i++)
        {
            int number = i;
            _events.Invoke(() => done.Enqueue(number));
        }

        await OnEventsAsync(() => true);
        release.Set();
        await first.WaitAsync(Limit);
        await OnEventsAsync(() => true);

        Assert.Equal(Enumerable.Range(0, 100), done);
    }

    [Fact]
    public async Task A_watched_connection_calls_as_long_as_there_is_something_to_read()
    {
        (int ours, int theirs) = Descriptors.SocketPair();
        Channel<int> bytes = Channel.CreateUnbounded<int>();
        _events.Watch(ours, this, () =>
        {
            byte[] one = new byte[1];
            bytes.Writer.TryWrite(Descriptors.Read(ours, one) == 1 && SocketEvents.OfThisThread == _events ? one[0] : -1);
        });
        Descriptors.Write(theirs, [1, 2]);
        Assert.Equal(1, await bytes.Reader.ReadAsync().AsTask().WaitAsync(Limit));
        Assert.Equal(2, await bytes.Reader.ReadAsync().AsTask().WaitAsync(Limit));
        Descriptors.Write(theirs, [3]);
        Assert.Equal(3, await bytes.Reader.ReadAsync().AsTask().WaitAsync(Limit));

        // Another owner of the same number is not forgotten.
        _events.Forget(ours, new object());
        Descriptors.Write(theirs, [4]);
        Assert.Equal(4, await bytes.Reader.ReadAsync().AsTask().WaitAsync(Limit));
        await OnEventsAsync(() =>
        {
            _events.Forget(ours, this);
            Descriptors.Close(ours);
            return true;
        });
        Descriptors.Close(theirs);
        await OnEventsAsync(() => true);
        Assert.Equal(0, bytes.Reader.Count);
    }

    private Task<T> OnEventsAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _events.Invoke(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task.WaitAsync(Limit);
    }
}
