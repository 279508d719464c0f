// The answers of authpipe and authcustom beside the C daemon's.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pipe;

public class PipeTests(PipePair fixture) : IClassFixture<PipePair>
{
    public static TheoryData<string> All =>
    [
        Requests.Lookup("john"),
        Requests.Lookup("mary"),
        Requests.Lookup("u17"),
        Requests.Lookup("nosuch"),
        Requests.Lookup(""),
        Requests.Lookup("u1 with blanks ", "courier"),
        Requests.Lookup("john", selector: "authpipe"),
        Requests.Lookup("john", selector: "authcustom"),
        "TCPREMOTEIP=192.0.2.7\n" + Requests.Lookup("john"),
        Requests.Login("john", "secret"),
        Requests.Login("john", "wrong"),
        Requests.Login("nosuch", "secret"),
        Requests.Auth("imap", "login", "john"),
        Requests.Auth("", "login", "john\nsecret"),
        Requests.Auth("imap", "other", "john\nsecret\n"),
        Requests.Cram("cram-md5", "john", "secret", "<1@h>"),
        Requests.ChangePassword("john", "wrong", "new"),
        Requests.ChangePassword("john", "secret", "secret"),
        Requests.Enumerate,
    ];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Both_answer_the_same(string request) => await fixture.Pair.AssertSameAsync(request);

    [Fact]
    public async Task An_account_comes_out_in_the_daemons_order()
    {
        Assert.Equal(
            "UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john@example.com\nNAME=John Q\nMAILDIR=Maildir\nQUOTA=100S\n"
            + "PASSWD2=secret\nOPTIONS=disableimap=1,sharedgroup=x\n.\n",
            await fixture.Pair.AssertSameAsync(Requests.Lookup("john")));
    }
}
