// authpam beside the C daemon's: lookups, logins, lists.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pam;

public class AuthpamTests(PamPair fixture) : IClassFixture<PamPair>
{
    private readonly DaemonPair _pair = fixture.Pair;

    [Theory]
    [InlineData("alice", true)]
    [InlineData("bob", true)]
    [InlineData("root", true)]
    [InlineData("nobody", true)]
    [InlineData("expired", true)]
    [InlineData("mustchange", true)]
    [InlineData("locked", true)]
    [InlineData("empty", true)]
    [InlineData("noshadow", true)]
    [InlineData("below", true)]
    [InlineData("UPPER", true)]
    [InlineData("with@sign", true)]
    [InlineData("upper", false)]
    [InlineData("Alice", false)]
    [InlineData("alice@example.com", false)]
    [InlineData("alice ", false)]
    [InlineData("", false)]
    [InlineData("nosuch", false)]
    [InlineData("odd\u0001\u00fcname", false)]
    [InlineData("5001", false)]
    public async Task Lookups(string user, bool found)
    {
        foreach (string selector in (string[])[".", "authpam"])
        {
            string reply = await _pair.AssertSameAsync(Requests.Lookup(user, selector: selector));
            Assert.Equal(found, reply.StartsWith($"USERNAME={user}\n", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("alice", "password", "imap", true)]
    [InlineData("alice", "wrong", "imap", false)]
    [InlineData("alice", "Password", "imap", false)]
    [InlineData("bob", "password", "imap", true)]
    [InlineData("expired", "password", "imap", false)]
    [InlineData("mustchange", "password", "imap", false)]
    [InlineData("aged", "password", "imap", false)]
    [InlineData("locked", "password", "imap", false)]
    [InlineData("empty", "password", "imap", false)]
    [InlineData("root", "password", "imap", false)]
    [InlineData("with@sign", "password", "imap", true)]
    [InlineData("alice@example.com", "password", "imap", false)]
    [InlineData("nosuch", "password", "imap", false)]
    [InlineData("alice", "anything", "pop3", true)]
    [InlineData("empty", "anything", "pop3", true)]
    [InlineData("expired", "anything", "pop3", true)]
    [InlineData("alice", "anything", "/etc/pam.d/pop3", true)]
    [InlineData("alice", "anything", "POP3", true)]
    [InlineData("alice", "password", "denied", false)]
    [InlineData("alice", "password", "nofile", false)]
    [InlineData("alice", "password", "../pam.d/imap", true)]
    [InlineData("alice", "password", "odd name", false)]
    public async Task Logins(string user, string password, string service, bool accepted)
    {
        string reply = await _pair.AssertSameAsync("TCPREMOTEIP=192.0.2.7\n" + Requests.Login(user, password, service));
        Assert.Equal(accepted, reply.EndsWith($"PASSWD2={password}\n.\n", StringComparison.Ordinal));
        Assert.Equal(!accepted, reply == "FAIL\n");
    }

    [Fact]
    public async Task Long_passwords_and_bytes_above_ASCII()
    {
        foreach (string password in (string[])[new string('p', 500), new string('p', 600), "p\u00e4ss\u00ff", "pass word", "p\u0001\r"])
        {
            Assert.Equal("FAIL\n", await _pair.AssertSameAsync(Requests.Login("alice", password)));
        }
    }

    [Fact]
    public async Task A_service_without_a_name()
    {
        Assert.Equal("FAIL\n", await _pair.AssertSameAsync(Requests.Login("alice", "password", "")));
    }

    [Theory]
    [InlineData("cram-md5", "YQ==\nYWxpY2UgMDA=\n")]
    [InlineData("other", "alice\npassword\n")]
    [InlineData("login", "alice\n")]
    [InlineData("login", "")]
    public async Task What_is_no_login_is_refused(string type, string data) =>
        Assert.Equal("FAIL\n", await _pair.AssertSameAsync(Requests.Auth("imap", type, data)));

    [Fact]
    public async Task Lists()
    {
        string list = await _pair.AssertSameAsync(Requests.Enumerate);
        Assert.StartsWith("# authpam\n\n", list, StringComparison.Ordinal);
        Assert.Contains("\nleast\t100\t100\t/home/least\t\t\n", list, StringComparison.Ordinal);
        Assert.DoesNotContain("\nbelow\t", list, StringComparison.Ordinal);
        Assert.EndsWith("\n.\n", list, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice@example.com")]
    [InlineData("with@sign")]
    [InlineData("nosuch")]
    public async Task Changes_that_are_nobody_s(string user) =>
        Assert.Equal("FAIL\n", await _pair.AssertSameAsync(Requests.ChangePassword(user, "password", "Tr0ub4dor&3-horse")));
}
