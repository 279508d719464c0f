// Which statements may be sent a second time.
using Authd.Modules.Sql;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql;

public sealed class SqlJobTests
{
    [Theory]
    [InlineData(SqlJobKind.LookUp, true)]
    [InlineData(SqlJobKind.List, true)]
    [InlineData(SqlJobKind.Change, false)]
    public void A_change_is_never_sent_again_by_itself(SqlJobKind kind, bool canRepeat) =>
        Assert.Equal(canRepeat, new SqlJob(null!, null!, kind, TimeSpan.Zero).CanRepeat);
}
