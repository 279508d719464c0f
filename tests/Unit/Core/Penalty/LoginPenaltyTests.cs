// The delays after failures, and the failures without a delay.
using Authd.Core.Configuration;
using Authd.Core.Penalty;
using Xunit;

namespace Authd.Tests.Unit.Core.Penalty;

public class LoginPenaltyTests
{
    private readonly FakeClock _clock = new();
    private readonly LogLines _lines = new(debugLevel: 0);
    private int _guesses;

    [Fact]
    public void Each_failure_waits_longer_up_to_the_last_delay()
    {
        LoginPenalty penalty = New();
        Assert.Equal([0, 2, 4, 8, 15, 15, 15], Enumerable.Range(0, 7).Select(_ => Guess(penalty, "192.0.2.1", "john")));
    }

    [Fact]
    public void An_address_is_slowed_for_all_names_and_a_name_from_all_addresses()
    {
        LoginPenalty penalty = New();
        Guess(penalty, "192.0.2.1", "john");
        Assert.Equal(2, Guess(penalty, "192.0.2.1", "jane"));
        Assert.Equal(4, Guess(penalty, "192.0.2.1", "joe"));
        Assert.Equal(2, Guess(penalty, "192.0.2.2", "john"));
        Assert.Equal(4, Guess(penalty, "192.0.2.3", "JOHN"));
        Assert.Equal(0, Guess(penalty, "192.0.2.4", "jim"));
    }

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", 2)]
    [InlineData("192.0.2.1", "192.0.2.2", 0)]
    [InlineData("2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff", 2)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 0)]
    [InlineData("no address", "no address", 2)]
    public void Which_addresses_count_as_one(string first, string second, int delay)
    {
        LoginPenalty penalty = New();
        Guess(penalty, first, "john");
        Assert.Equal(delay, Guess(penalty, second, "jane"));
    }

    [Theory]
    [InlineData("", "127.0.0.1", true)]
    [InlineData("", "::ffff:127.8.8.8", true)]
    [InlineData("", "::1", true)]
    [InlineData("", "192.0.2.1", false)]
    [InlineData("networks = 192.0.2.0/24, 2001:db8::/32 198.51.100.7", "192.0.2.200", true)]
    [InlineData("networks = 192.0.2.0/24, 2001:db8::/32 198.51.100.7", "2001:db8:7::1", true)]
    [InlineData("networks = 192.0.2.0/24, 2001:db8::/32 198.51.100.7", "198.51.100.7", true)]
    [InlineData("networks = 192.0.2.0/24, 2001:db8::/32 198.51.100.7", "127.0.0.1", false)]
    [InlineData("networks = 192.0.2.77/24", "192.0.2.200", true)]
    [InlineData("networks =", "127.0.0.1", false)]
    public void Some_networks_are_never_slowed(string setting, string address, bool spared)
    {
        LoginPenalty penalty = New(setting);
        Guess(penalty, address, "john");
        Assert.Equal(spared ? 0 : 2, Guess(penalty, address, "john"));
        Assert.Equal(spared ? 0 : 4, Guess(penalty, "203.0.113.1", "john"));
    }

    [Fact]
    public void Without_an_address_the_name_counts_alone()
    {
        LoginPenalty penalty = New();
        Assert.Equal([0, 2, 4], Enumerable.Range(0, 3).Select(_ => Guess(penalty, null, "john")));
        Assert.Equal(0, Guess(penalty, null, "jane"));
    }

    [Fact]
    public void The_same_wrong_password_again_is_not_counted_twice()
    {
        LoginPenalty penalty = New();
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(0, Try(penalty, "192.0.2.1", "john", "old")));
        Assert.Equal(2, Try(penalty, "192.0.2.1", "john", "older"));
        Assert.Equal(2, Try(penalty, "192.0.2.1", "john", "old"));
        Assert.Equal(4, Try(penalty, "192.0.2.1", "jane", "old")); // the same password for many names is guessing
    }

    [Fact]
    public void A_program_with_an_old_password_stays_known_while_it_asks()
    {
        LoginPenalty penalty = New();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(0, Try(penalty, "192.0.2.1", "john", "old"));
            _clock.Pass(TimeSpan.FromMinutes(10));
        }
    }

    [Fact]
    public void A_success_takes_back_what_its_name_has_failed_from_there_and_nothing_else()
    {
        LoginPenalty penalty = New();
        Guess(penalty, "192.0.2.1", "john");
        Guess(penalty, "192.0.2.1", "john");
        Guess(penalty, "192.0.2.1", "jane");
        Guess(penalty, "192.0.2.9", "john");
        penalty.Accepted(new LoginAttempt("192.0.2.1", "john", "right"));
        Assert.Equal(2, Guess(penalty, "192.0.2.1", "joe")); // after jane
        Assert.Equal(2, Guess(penalty, "192.0.2.8", "john")); // after 192.0.2.9

        penalty.Accepted(new LoginAttempt("192.0.2.1", "mallory", "right"));
        Assert.Equal(4, Guess(penalty, "192.0.2.1", "jim"));
    }

    [Fact]
    public void What_is_long_ago_is_forgotten()
    {
        LoginPenalty penalty = New("forget-after = 2");
        Guess(penalty, "192.0.2.1", "john");
        Guess(penalty, "192.0.2.1", "john");
        _clock.Pass(TimeSpan.FromSeconds(122));
        Assert.True(penalty.IsQuiet);
        Assert.Equal(0, Guess(penalty, "192.0.2.1", "john"));
    }

    [Fact]
    public void A_single_zero_is_off()
    {
        LoginPenalty penalty = New("delays = 0");
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(0, Guess(penalty, "192.0.2.1", "john")));
        Assert.True(penalty.IsQuiet);
        Assert.Empty(_lines.All);
    }

    [Theory]
    [InlineData("delays = 0\nfailure-delay = 2", new[] { 2, 2, 2, 2 })]
    [InlineData("failure-delay = 3", new[] { 3, 3, 4, 8 })]
    [InlineData("failure-delay = 0", new[] { 0, 2, 4, 8 })]
    public void A_failure_waits_for_at_least_the_failure_delay(string setting, int[] delays)
    {
        LoginPenalty penalty = New(setting);
        Assert.Equal(delays, Enumerable.Range(0, 4).Select(_ => Guess(penalty, "192.0.2.1", "john")));
        Assert.Equal(delays, Enumerable.Range(0, 4).Select(_ => Guess(penalty, null, "jane")));
        Assert.Equal(0, Guess(penalty, "127.0.0.1", "jim"));
        Assert.Equal(delays[0] == delays[3], penalty.IsQuiet);
    }

    [Fact]
    public void An_address_that_has_come_to_the_longest_delay_is_logged_once()
    {
        LoginPenalty penalty = New();
        for (int i = 0; i < 20; i++)
        {
            Guess(penalty, "2001:db8:0:1::7", $"user{i}");
        }

        Assert.Equal(
            ["Warn 5 logins from 2001:db8:0:1::/64 have failed: replies to its further failures wait 15 s ([penalty] delays)"],
            _lines.All);
    }

    [Fact]
    public void Many_such_addresses_do_not_flood_the_log()
    {
        LoginPenalty penalty = New("delays = 0 1");
        for (int i = 0; i < 200; i++)
        {
            Guess(penalty, $"192.0.2.{i}", "john");
            Guess(penalty, $"192.0.2.{i}", "john");
        }

        Assert.Equal(10, _lines.All.Count);
        _clock.Pass(TimeSpan.FromMinutes(1));
        Guess(penalty, "198.51.100.1", "jane");
        Guess(penalty, "198.51.100.1", "jane");
        Assert.Equal(11, _lines.All.Count);
    }

    [Theory]
    [InlineData("delays =")]
    [InlineData("delays = 0 2 x")]
    [InlineData("delays = 0 21")]
    [InlineData("delays = -1")]
    [InlineData("networks = 192.0.2.0/33")]
    [InlineData("networks = localhost")]
    [InlineData("forget-after = 0")]
    [InlineData("waiting = 0")]
    [InlineData("failure-delay = 21")]
    [InlineData("failure-delay = -1")]
    [InlineData("failure-delay = 2s")]
    [InlineData("failure-delay =")]
    public void A_setting_that_cannot_be_is_an_error_that_names_it(string setting)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Settings(setting));
        Assert.Contains($"[penalty] {setting.Split(' ')[0]} must be", e.Message, StringComparison.Ordinal);
    }

    private int Guess(LoginPenalty penalty, string? address, string name) => Try(penalty, address, name, $"guess{_guesses++}");

    private static int Try(LoginPenalty penalty, string? address, string name, string password) =>
        (int)penalty.Rejected(new LoginAttempt(address, name, password)).TotalSeconds;

    private static PenaltySettings Settings(string setting) =>
        PenaltySettings.Read(DaemonIni.Parse("authdaemond.ini", $"[penalty]\n{setting}\n"));

    private LoginPenalty New(string setting = "")
    {
        PenaltySettings settings = Settings(setting);
        long[] memory = new long[PenaltyTable.Words(256)];
        PenaltyTable.Prepare(memory, [7, 11]);
        return new LoginPenalty(settings, new PenaltyTable(memory, settings.ForgetAfter, _clock), _lines.Log, _clock);
    }
}
