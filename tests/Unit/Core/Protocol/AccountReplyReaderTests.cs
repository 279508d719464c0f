// Replies as clients read them.
using System.Buffers;
using Authd.Core;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public class AccountReplyReaderTests
{
    private static readonly Account Full = new()
    {
        Uid = 1000,
        Gid = 1001,
        Home = "/home/j\u00f6hn",
        Address = "john@example.com",
        FullName = "John",
        Maildir = "./Maildir",
        Quota = "100S",
        StoredPassword = "{SHA}x=",
        ClearPassword = "a=b",
        Options = "a=1,b",
    };

    [Fact]
    public void What_the_daemon_writes_is_read_back()
    {
        ArrayBufferWriter<byte> reply = new();
        AccountReply.Write(Full, "", reply);

        Assert.Equal(Verdict.Accept, AccountReplyReader.Read(WireText.FromBytes(reply.WrittenSpan), out Account account));
        Assert.Equal(Full, account);
    }

    [Fact]
    public void A_line_of_the_daemons_list_is_read_back()
    {
        ArrayBufferWriter<byte> line = new();
        AccountReply.WriteListed(Full, "", line);

        Account? account = AccountReplyReader.ReadListed(WireText.FromBytes(line.WrittenSpan).TrimEnd('\n'));

        Assert.Equal(
            Full with { FullName = null, Quota = null, StoredPassword = null, ClearPassword = null }, account);
    }

    [Theory]
    [InlineData(".", Verdict.Accept)]
    [InlineData("FAIL", Verdict.Reject)]
    [InlineData("UID=1\nFAIL\n.\n", Verdict.Reject)]
    [InlineData(".\nFAIL\n", Verdict.Accept)]
    [InlineData("..\n.x\n", Verdict.TempFail)]
    [InlineData("", Verdict.TempFail)]
    public void The_first_final_line_decides(string reply, Verdict verdict) =>
        Assert.Equal(verdict, AccountReplyReader.Read(reply, out _));

    [Fact]
    public void The_last_of_repeated_keys_counts_and_unknown_lines_do_not()
    {
        AccountReplyReader.Read("HOME=/a\nFOO=1\nbar\n=x\nuid=9\nHOME=/b\n\n.\nHOME=/c\n", out Account account);

        Assert.Equal(new Account { Home = "/b" }, account);
    }
}
