// The days on which an account of the shadow file expires.
using Authd.Linux.Users;
using Authd.Modules.SystemAccounts;
using Xunit;

namespace Authd.Tests.Unit.Modules.SystemAccounts;

public class ShadowExpiryTests
{
    private const long Today = 20_000;

    [Theory]
    [InlineData(-1, -1, -1, null)]
    [InlineData(0, -1, 0, null)]
    [InlineData(Today, 99_999, -1, null)]
    [InlineData(-1, 10, -1, null)]
    // The account: the day itself is the last one.
    [InlineData(Today, 99_999, Today, null)]
    [InlineData(Today, 99_999, Today - 1, "account expired")]
    [InlineData(Today, 99_999, 1, "account expired")]
    // The password.
    [InlineData(Today - 90, 90, -1, null)]
    [InlineData(Today - 91, 90, -1, "password expired")]
    [InlineData(Today, 0, -1, null)]
    [InlineData(Today - 1, 0, -1, "password expired")]
    [InlineData(0, 99_999, -1, null)]
    [InlineData(0, 90, -1, "password expired")]
    [InlineData(0, -1, -1, null)]
    [InlineData(long.MaxValue, long.MaxValue, -1, null)]
    // Both.
    [InlineData(0, 1, 1, "account expired")]
    public void Expiry(long lastChange, long maximumAge, long expiry, string? expected)
    {
        ShadowEntry entry = new("x", lastChange, maximumAge, expiry);

        Assert.Equal(expected, ShadowExpiry.Of(entry, DateTimeOffset.UnixEpoch.AddDays(Today)));
        Assert.Equal(expected, ShadowExpiry.Of(entry, DateTimeOffset.UnixEpoch.AddDays(Today + 1).AddTicks(-1)));
    }
}
