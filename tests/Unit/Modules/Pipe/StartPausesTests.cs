// The requests that wait for a new copy of authpipe's program after some have died.
using Authd.Modules.Pipe;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pipe;

public class StartPausesTests
{
    private readonly StartPauses _pauses;
    private long _now = 1000;

    public StartPausesTests() => _pauses = new StartPauses(() => _now);

    [Fact]
    public void A_name_that_kills_the_program_waits_alone_and_ever_longer()
    {
        Fail("eve", "eve");
        Assert.Equal(0, _pauses.Before("eve"));
        Fail("eve");
        Assert.Equal(100, _pauses.Before("eve"));
        Fail("eve");
        Assert.Equal(200, _pauses.Before("eve"));
        Fail([.. Enumerable.Repeat("eve", 50)]);
        Assert.Equal(2000, _pauses.Before("eve"));

        Assert.Equal(0, _pauses.Before());
        Assert.Equal(0, _pauses.Before("john"));
        _now += 1999;
        Assert.Equal(1, _pauses.Before("eve"));
    }

    [Fact]
    public void When_several_names_fail_everybody_waits_until_an_answer()
    {
        Fail("a", "b");
        Assert.Equal(0, _pauses.Before());
        Fail("c");
        Assert.Equal(100, _pauses.Before());
        Fail([.. Enumerable.Range(0, 1000).Select(i => $"u{i}")]);
        Assert.Equal(2000, _pauses.Before());

        _pauses.Answered();
        Assert.Equal(0, _pauses.Before());
        Assert.Equal(0, _pauses.Before("a"));
    }

    private void Fail(params string[] names)
    {
        foreach (string name in names)
        {
            _pauses.Failed(name);
        }
    }
}
