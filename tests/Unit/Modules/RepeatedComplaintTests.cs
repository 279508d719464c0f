// A warning that may be due for long is logged now and then.
using Authd.Core.Logging;
using Xunit;

namespace Authd.Tests.Unit.Modules;

public class RepeatedComplaintTests
{
    [Fact]
    public void The_same_text_is_said_once_a_minute_and_another_one_at_once()
    {
        List<string> said = [];
        Clock clock = new();
        RepeatedWarning complaint = new(said.Add, clock);

        complaint.Say("a");
        complaint.Say("a");
        clock.Seconds = 59;
        complaint.Say("a");
        Assert.Equal(["a"], said);

        clock.Seconds = 60;
        complaint.Say("a");
        complaint.Say("a");
        complaint.Say("b");
        Assert.Equal(["a", "a", "b"], said);
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
