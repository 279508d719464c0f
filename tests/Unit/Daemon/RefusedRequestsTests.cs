// Malformed requests: they show in the log, and cannot fill it.
using Authd.Daemon.Worker;
using Authd.Tests.Unit.Core;
using Authd.Tests.Unit.Core.Penalty;
using Xunit;

namespace Authd.Tests.Unit.Daemon;

public class RefusedRequestsTests
{
    [Fact]
    public void A_flood_leaves_one_line_a_minute_and_is_counted()
    {
        LogLines lines = new(debugLevel: 0);
        FakeClock clock = new();
        RefusedRequests refused = new(lines.Log, clock);

        for (int i = 0; i < 1000; i++)
        {
            refused.Add("a line is too long", (17, 33));
        }

        clock.Pass(TimeSpan.FromSeconds(59));
        refused.Add("a line is too long", (17, 33));
        clock.Pass(TimeSpan.FromSeconds(1));
        refused.Add("no command", (18, 0));
        clock.Pass(TimeSpan.FromMinutes(1));
        refused.Add("no command", (18, 0));

        Assert.Equal(
            [
                "Warn a request is refused for its form: a line is too long (client pid 17, uid 33)",
                "Warn a request is refused for its form: no command (client pid 18, uid 0); "
                    + "1000 other requests refused since the last such line",
                "Warn a request is refused for its form: no command (client pid 18, uid 0)",
            ],
            lines.All);
    }
}
