// The times at which an absent database is tried again.
using Authd.Modules.Pool;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class OutageTests
{
    private static readonly ConnectFailure Refused = new("refused", ["no connection", "refused"]);
    private static readonly ConnectFailure Silent = new("timed out", ["timed out"]);
    private static readonly ConnectFailure WrongPassword = new("wrong password", ["wrong password"], ServerAnswered: true, IsRefusal: true);
    private readonly LogLines _lines = new(0);

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private Outage New() => new("authx: connected to the database again", _lines.Log, () => 1);

    [Fact]
    public void A_refused_connection_may_be_tried_by_every_request()
    {
        Outage outage = New();
        outage.Attempt(Ms(1000));
        outage.Failed(Refused, Ms(1001));
        Assert.True(outage.Away);
        Assert.True(outage.MayTry(Ms(1001)));
    }

    [Fact]
    public void A_silent_or_refusing_server_is_left_alone_for_a_while()
    {
        foreach ((ConnectFailure error, int took) in new[] { (Silent, 5000), (WrongPassword, 3) })
        {
            Outage outage = New();
            outage.Attempt(Ms(1000));
            outage.Failed(error, Ms(1000 + took));
            outage.Attempt(Ms(10_000));
            outage.Failed(error, Ms(10_000 + took));
            Assert.False(outage.MayTry(Ms(10_249)));
            Assert.True(outage.MayTry(Ms(10_250)));
        }
    }

    [Fact]
    public void Backing_off_doubles_to_a_bound_and_starts_anew_after_success()
    {
        Outage outage = New();
        List<double> pauses = [];
        for (int i = 0; i < 9; i++)
        {
            outage.Failed(Refused, Ms(0));
            pauses.Add(outage.Backoff().TotalMilliseconds);
        }

        Assert.Equal([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000], pauses);
        outage.Over();
        outage.Failed(Refused, Ms(0));
        Assert.Equal(Ms(500), outage.Backoff());
    }

    [Fact]
    public void An_outage_is_told_once_and_its_end_once_but_a_refusal_is_news()
    {
        Outage outage = New();
        outage.Over();
        for (int i = 0; i < 5; i++)
        {
            outage.Failed(Refused, Ms(0));
        }

        outage.Failed(WrongPassword, Ms(0));
        outage.Failed(WrongPassword, Ms(0));
        outage.Over();
        outage.Over();
        Assert.Equal(
            [
                "Err no connection", "Err refused", "Err wrong password", "Info authx: connected to the database again",
            ],
            _lines.All);
    }
}
