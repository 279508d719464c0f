// Which statements may be sent a second time.
using Authd.Modules.Sql;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql;

public sealed class SqlJobTests
{
    [Theory]
    [InlineData(SqlRequestKind.LookUp, true)]
    [InlineData(SqlRequestKind.List, true)]
    [InlineData(SqlRequestKind.Change, false)]
    public void A_change_is_never_sent_again_by_itself(SqlRequestKind kind, bool canRepeat) =>
        Assert.Equal(canRepeat, new SqlRequest(null!, null!, kind, TimeSpan.Zero).CanRepeat);
}
