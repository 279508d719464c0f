// The logins that wait to be written, and their waiting time.
using Authd.Modules.PostfixRelay;
using Xunit;

namespace Authd.Tests.Unit.Modules.PostfixRelay;

public sealed class PendingLoginsTests
{
    private readonly PendingLogins _pending = new(most: 2, rest: 5000);

    [Fact]
    public void A_new_address_is_written_at_once_and_the_same_again_when_it_has_rested_with_its_last_time()
    {
        Assert.True(_pending.TryAdd(new Login("192.0.2.7", 100)));
        Assert.Equal([new Login("192.0.2.7", 100)], _pending.TakeDue(1000, out long? wait));
        Assert.Null(wait);

        _pending.TryAdd(new Login("192.0.2.7", 101));
        _pending.TryAdd(new Login("192.0.2.7", 103));
        _pending.TryAdd(new Login("192.0.2.8", 103));
        Assert.Equal([new Login("192.0.2.8", 103)], _pending.TakeDue(2000, out wait));
        Assert.Equal(4000, wait);

        Assert.Equal([new Login("192.0.2.7", 103)], _pending.TakeDue(6000, out wait));
        Assert.Null(wait);
    }

    [Fact]
    public void There_is_room_for_so_many_addresses_and_more_logins_from_them()
    {
        Assert.True(_pending.TryAdd(new Login("192.0.2.7", 100)));
        Assert.True(_pending.TryAdd(new Login("192.0.2.8", 100)));
        Assert.False(_pending.TryAdd(new Login("192.0.2.9", 100)));
        Assert.True(_pending.TryAdd(new Login("192.0.2.7", 101)));

        Assert.Equal([new Login("192.0.2.7", 101), new Login("192.0.2.8", 100)], _pending.TakeAll());
        Assert.Empty(_pending.TakeAll());
        Assert.True(_pending.TryAdd(new Login("192.0.2.9", 100)));
    }

    [Fact]
    public void A_login_that_is_put_back_does_not_replace_a_later_one()
    {
        _pending.TryAdd(new Login("192.0.2.7", 105));
        _pending.TryAdd(new Login("192.0.2.7", 100));
        Assert.Equal([new Login("192.0.2.7", 105)], _pending.TakeDue(0, out _));
    }
}
