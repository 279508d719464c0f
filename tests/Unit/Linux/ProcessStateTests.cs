// Changes of a process that a library may have made.
using Authd.Linux.Processes;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class ProcessStateTests
{
    private static readonly ProcessState State = new((0, 0, 0), (0, 0, 0), "/", 18, 10);

    [Fact]
    public void Nothing_has_changed_by_itself()
    {
        ProcessState now = ProcessState.Now();
        Assert.Equal("", now.ChangesTo(now, 0));
        Assert.Equal(Environment.CurrentDirectory, now.WorkingDirectory);
        Assert.True(now.OpenDescriptors > 3);
    }

    [Fact]
    public void Changes_are_named()
    {
        Assert.Equal("uid (0, 0, 0) to (0, 5, 0)", State.ChangesTo(State with { Uids = (0, 5, 0) }, 0));
        Assert.Equal("gid (0, 0, 0) to (5, 0, 0)", State.ChangesTo(State with { Gids = (5, 0, 0) }, 0));
        Assert.Equal(
            "working directory / to /usr, umask 022 to 077",
            State.ChangesTo(State with { WorkingDirectory = "/usr", FileMask = 63 }, 0));
    }

    [Fact]
    public void Some_more_descriptors_are_no_leak()
    {
        Assert.Equal("", State.ChangesTo(State with { OpenDescriptors = 26 }, 16));
        Assert.Equal("open descriptors 10 to 27", State.ChangesTo(State with { OpenDescriptors = 27 }, 16));
        Assert.Equal("", State.ChangesTo(State with { OpenDescriptors = 3 }, 0));
    }
}
