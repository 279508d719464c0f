// Replies and enumeration lines, byte for byte.
using System.Buffers;
using Authd.Core;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public class AccountReplyTests
{
    private static readonly Account Full = new()
    {
        SystemUser = "john",
        Uid = uint.MaxValue,
        Gid = 1000,
        Home = "/home/j",
        Address = "john@example.com",
        FullName = "J\u00f6hn \u00ff,Room 1",
        Maildir = "/m",
        Quota = "10000000S",
        StoredPassword = "$1$x",
        ClearPassword = "secr\u00e9t",
        Options = "a=1",
    };

    [Fact]
    public void All_keys_in_their_order() => Assert.Equal(
        "USERNAME=john\nUID=4294967295\nGID=1000\nHOME=/home/j\nADDRESS=john@example.com\nNAME=J\u00f6hn \u00ff\nMAILDIR=/m\n"
        + "QUOTA=10000000S\nPASSWD=$1$x\nPASSWD2=secr\u00e9t\nOPTIONS=a=1,b=2\n.\n",
        Reply(Full, "b=2,a=0"));

    [Fact]
    public void What_is_not_set_is_left_out() =>
        Assert.Equal("GID=0\nHOME=\n.\n", Reply(new Account { Home = "" }, ""));

    [Fact]
    public void Empty_values_are_sent_but_for_MAILDIR_and_OPTIONS() => Assert.Equal(
        "UID=0\nGID=0\nHOME=\nADDRESS=\nNAME=\nQUOTA=\nPASSWD=\nPASSWD2=\n.\n",
        Reply(
            new Account
            {
                Uid = 0,
                Home = "",
                Address = "",
                FullName = ",x",
                Maildir = "",
                Quota = "",
                StoredPassword = "",
                ClearPassword = "",
                Options = "",
            },
            ""));

    [Fact]
    public void The_longest_values_fit()
    {
        string value = new('v', 100_000);
        Account account = new()
        {
            SystemUser = value,
            Uid = uint.MaxValue,
            Gid = uint.MaxValue,
            Home = value,
            Address = value,
            FullName = value,
            Maildir = value,
            Quota = value,
            StoredPassword = value,
            ClearPassword = value,
            Options = value,
        };

        Assert.EndsWith($"OPTIONS={value},d\n.\n", Reply(account, "d"));
        Assert.Equal($"{value}\t4294967295\t4294967295\t{value}\t{value}\t{value},d\n", Listed(account, "d"));
    }

    [Fact]
    public void Enumeration_lines()
    {
        Assert.Equal(
            "john\t1000\t1001\t/home/vmail/john\t\tdisableimap=1\n",
            Listed(
                new Account
                {
                    Address = "john",
                    Uid = 1000,
                    Gid = 1001,
                    Home = "/home/vmail/john",
                    Options = "disableimap=1"
                },
                "disableimap=0"));
        Assert.Equal("x\t0\t0\t\tM\tg\n", Listed(new Account { Address = "x", Home = "", Maildir = "M" }, "g"));
    }

    [Theory]
    [InlineData("\n", false, false)]
    [InlineData("\r", false, false)]
    [InlineData("\0", false, false)]
    [InlineData("\t", true, false)]
    [InlineData("\u0085 \u001f", true, true)]
    public void Values_that_lines_cannot_carry(string bad, bool sendable, bool listable)
    {
        Account plain = new() { Home = "" };
        Account[] listed =
        [
            plain with { Home = "a" + bad }, plain with { Address = bad }, plain with { Maildir = bad + "b" },
            plain with { Options = bad },
        ];
        Account[] onlySent =
        [
            plain with { SystemUser = bad }, plain with { FullName = "a," + bad }, plain with { Quota = bad },
            plain with { StoredPassword = bad }, plain with { ClearPassword = bad },
        ];

        Assert.All([.. listed, .. onlySent], account => Assert.Equal(sendable, AccountReply.IsSendable(account)));
        Assert.All(listed, account => Assert.Equal(listable, AccountReply.IsListable(account)));
        Assert.True(AccountReply.IsSendable(Full));
    }

    private static string Reply(Account account, string defaultOptions)
    {
        ArrayBufferWriter<byte> output = new();
        AccountReply.Write(account, defaultOptions, output);
        return WireText.FromBytes(output.WrittenSpan);
    }

    private static string Listed(Account account, string defaultOptions)
    {
        ArrayBufferWriter<byte> output = new();
        AccountReply.WriteListed(account, defaultOptions, output);
        return WireText.FromBytes(output.WrittenSpan);
    }
}
