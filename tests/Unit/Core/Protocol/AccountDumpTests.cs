// The dump lines, exactly as administrators' filters know them.
using Authd.Core;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public class AccountDumpTests
{
    [Fact]
    public void An_account_with_everything()
    {
        Account account = new()
        {
            Uid = 2001,
            Gid = 2002,
            Home = "/home/vmail/john",
            Address = "john@example.com",
            FullName = "John Q,x",
            Maildir = "/home/vmail/john/Maildir",
            Quota = "100S",
            Options = "disableimap=1",
            ClearPassword = "pw",
            StoredPassword = "{SHA}x",
        };

        Assert.Equal(
            "sysusername=<null>, sysuserid=2001, sysgroupid=2002, homedir=/home/vmail/john, address=john@example.com, "
            + "fullname=John Q,x, maildir=/home/vmail/john/Maildir, quota=100S, options=disableimap=1",
            AccountDump.Line(account));
        Assert.Equal("clearpasswd=pw, passwd={SHA}x", AccountDump.PasswordLine(account));
    }

    [Fact]
    public void A_system_account()
    {
        Account account = new() { SystemUser = "brian", Gid = 1001, Home = "/home/brian", Address = "brian", FullName = "" };

        Assert.Equal(
            "sysusername=brian, sysuserid=<null>, sysgroupid=1001, homedir=/home/brian, address=brian, fullname=, "
            + "maildir=<null>, quota=<null>, options=<null>",
            AccountDump.Line(account));
        Assert.Equal("clearpasswd=<null>, passwd=<null>", AccountDump.PasswordLine(account));
    }
}
