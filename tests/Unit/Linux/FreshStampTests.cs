// A file's stamp on an event loop: never older than the request that asks for it.
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public sealed class FreshStampTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Outside_of_an_event_loop_every_look_is_a_new_one()
    {
        FreshStamp stamp = new(Path.Combine(_directory.Path, "file"));
        Assert.Null(stamp.Now);
        Assert.Equal(1ul, SizeAfterWriting(stamp, 1));
        Assert.Equal(2ul, SizeAfterWriting(stamp, 2));
    }

    [Fact]
    public void On_an_event_loop_requests_that_arrived_together_share_a_look_and_the_next_one_has_its_own()
    {
        FreshStamp stamp = new(Path.Combine(_directory.Path, "file"));
        using EventLoop loop = new();
        List<ulong?> sizes = [];
        using ManualResetEventSlim isOver = new();

        loop.Invoke(() => sizes.AddRange([SizeAfterWriting(stamp, 1), SizeAfterWriting(stamp, 2)]));
        loop.Invoke(() => sizes.Add(stamp.Now?.Size));
        loop.Invoke(isOver.Set);

        Assert.True(isOver.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal([1, 1, 2], sizes);
    }

    private ulong? SizeAfterWriting(FreshStamp stamp, int bytes)
    {
        File.WriteAllText(Path.Combine(_directory.Path, "file"), new string('x', bytes));
        return stamp.Now?.Size;
    }
}
