// The supervisor's end of a worker's channel: a worker that does not read, or has ended, does not delay the supervisor.
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class ControlEndTests
{
    [Fact]
    public void More_than_fits_is_kept_until_there_is_room_and_arrives_in_order()
    {
        (int ours, int theirs) = Descriptors.SocketPair();
        using ControlEnd end = new(ours);
        byte[] large = new byte[4 << 20];
        new Random(1).NextBytes(large);

        end.Send(large);
        end.Send(new byte[] { 42 });
        Assert.True(end.HasWaiting);

        byte[] received = new byte[large.Length + 1];
        for (int filled = 0; filled < received.Length;)
        {
            filled += Descriptors.Read(theirs, received.AsSpan(filled));
            end.Flush();
        }

        Assert.False(end.HasWaiting);
        Assert.Equal(large, received[..^1]);
        Assert.Equal(42, received[^1]);
        Descriptors.Close(theirs);
    }

    [Fact]
    public void A_worker_that_is_gone_is_an_end_of_the_channel()
    {
        (int ours, int theirs) = Descriptors.SocketPair();
        using ControlEnd end = new(ours);
        byte[] buffer = new byte[1];
        Assert.Equal(-1, end.Receive(buffer));

        end.Send(new byte[4 << 20]);
        Descriptors.Close(theirs);
        end.Flush();

        Assert.False(end.HasWaiting);
        Assert.Equal(0, end.Receive(buffer));
    }
}
