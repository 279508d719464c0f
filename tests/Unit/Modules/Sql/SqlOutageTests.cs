// When an absent database is tried again.
using Authd.Modules.Sql;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql;

public sealed class SqlOutageTests
{
    private static readonly SqlAbsence Refused = new("refused", ["no connection", "refused"]);
    private static readonly SqlAbsence Silent = new("timed out", ["timed out"]);
    private static readonly SqlAbsence WrongPassword = new(
        "wrong password", ["wrong password"], IsAnswer: true, IsRefusal: true);
    private readonly LogLines _lines = new(0);

    private SqlOutage New() => new("authx", _lines.Log, () => 1);

    [Fact]
    public void A_refused_connection_may_be_tried_by_every_request()
    {
        SqlOutage outage = New();
        outage.Attempt(1000);
        outage.Failed(Refused, 1001);
        Assert.True(outage.Away);
        Assert.True(outage.MayTry(1001));
    }

    [Fact]
    public void A_silent_or_refusing_server_is_left_alone_for_a_while()
    {
        foreach ((SqlAbsence error, int took) in new[] { (Silent, 5000), (WrongPassword, 3) })
        {
            SqlOutage outage = New();
            outage.Attempt(1000);
            outage.Failed(error, 1000 + took);
            outage.Attempt(10_000);
            outage.Failed(error, 10_000 + took);
            Assert.False(outage.MayTry(10_249));
            Assert.True(outage.MayTry(10_250));
        }
    }

    [Fact]
    public void Backing_off_doubles_to_a_bound_and_starts_anew_after_success()
    {
        SqlOutage outage = New();
        List<int> pauses = [];
        for (int i = 0; i < 9; i++)
        {
            outage.Failed(Refused, 0);
            pauses.Add(outage.Backoff());
        }

        Assert.Equal([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000], pauses);
        outage.Over();
        outage.Failed(Refused, 0);
        Assert.Equal(500, outage.Backoff());
    }

    [Fact]
    public void An_outage_is_told_once_and_its_end_once_but_a_refusal_is_news()
    {
        SqlOutage outage = New();
        outage.Over();
        for (int i = 0; i < 5; i++)
        {
            outage.Failed(Refused, 0);
        }

        outage.Failed(WrongPassword, 0);
        outage.Failed(WrongPassword, 0);
        outage.Over();
        outage.Over();
        Assert.Equal(
            [
                "Err no connection", "Err refused", "Err wrong password", "Info authx: connected to the database again",
            ],
            _lines.All);
    }
}
