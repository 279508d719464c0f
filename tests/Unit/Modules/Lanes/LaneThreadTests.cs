// The thread of a connection.
using Authd.Modules.Lanes;
using Xunit;

namespace Authd.Tests.Unit.Modules.Lanes;

public sealed class LaneThreadTests
{
    [Fact]
    public async Task What_continues_goes_on_in_it_and_further_work_runs_at_once()
    {
        LaneThread lane = new("lane", continues: true);
        Assert.Equal("lane", await lane.RunAsync(() => Thread.CurrentThread.Name));
        using ManualResetEventSlim awaited = new();
        string continued = await Task.Run(() => // as in the daemon: no synchronisation context
        {
            Task<string> following = ContinueAsync(lane, lane.RunAsync(() => awaited.Wait(TimeSpan.FromSeconds(20))));
            awaited.Set();
            return following;
        });
        Assert.Equal("lane lane", continued);
        await lane.EndAsync(() => { });
    }

    private static async Task<string> ContinueAsync(LaneThread lane, Task<bool> first)
    {
        Assert.True(await first);
        string? name = Thread.CurrentThread.Name;
        Task<string?> second = lane.RunAsync(() => Thread.CurrentThread.Name);
        Assert.True(second.IsCompleted);
        return $"{name} {await second}";
    }

    [Fact]
    public async Task An_exception_goes_to_who_asked_and_the_last_piece_ends_the_thread()
    {
        LaneThread lane = new("lane", continues: false);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => lane.RunAsync<int>(() => throw new InvalidOperationException()));
        Thread thread = await lane.RunAsync(() => Thread.CurrentThread);
        Task<bool> before = Task.Run(() => lane.RunAsync(() => true));
        Assert.True(await before);
        bool ended = false;
        _ = lane.EndAsync(() => ended = true);
        await Task.Run(thread.Join);
        Assert.True(ended);
    }
}
