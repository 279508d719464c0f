// The thread that waits for everything.
using System.Threading.Channels;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public sealed class EventLoopTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly EventLoop _events = new();

    public void Dispose() => _events.Dispose();

    [Fact]
    public async Task What_is_invoked_is_done_once_and_in_order_on_the_thread_of_the_events()
    {
        List<int> done = [];
        for (int i = 0; i < 100; i++)
        {
            int number = EventLoop.Current is null ? i : -1;
            _events.Invoke(() => done.Add(EventLoop.Current == _events ? number : -1));
        }

        await OnEventsAsync(() => true);
        Assert.Equal(Enumerable.Range(0, 100), done);
    }

    [Fact]
    public async Task What_follows_the_way_in_is_on_the_thread_of_the_events_however_quick_that_is()
    {
        for (int i = 0; i < 1000; i++)
        {
            // As in the daemon: no synchronisation context.
            Assert.True(await Task.Run(async () =>
            {
                await _events.EnterAsync();
                return EventLoop.Current == _events;
            }));
        }
    }

    [Fact]
    public async Task After_a_turn_what_was_asked_for_in_it_is_done_once()
    {
        List<string> done = [];
        await OnEventsAsync(() =>
        {
            _events.AfterTurn(() => done.Add("after"));
            done.Add("in");
            return true;
        });
        await OnEventsAsync(() => true);
        Assert.Equal(["in", "after"], done);
    }

    [Fact]
    public async Task A_watched_connection_calls_as_long_as_there_is_something_to_read()
    {
        (int ours, int theirs) = Descriptors.SocketPair();
        Channel<int> bytes = Channel.CreateUnbounded<int>();
        _events.Watch(ours, this, () =>
        {
            byte[] one = new byte[1];
            bytes.Writer.TryWrite(Descriptors.Read(ours, one) == 1 && EventLoop.Current == _events ? one[0] : -1);
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
