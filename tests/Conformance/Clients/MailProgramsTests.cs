// maildrop and Courier's IMAP server, as shipped by Debian, with mailboxes that they really open.
using System.Text.RegularExpressions;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Clients;

[Collection(ClientsGroup.Name)]
public partial class MailProgramsTests(ClientsPair fixture)
{
    private const string Message = "From: a@example.org\nSubject: test\n\nHello.\n";

    /// <summary>The environment from couriertcpd in which Courier's start script starts the server.</summary>
    private static readonly Dictionary<string, string> TcpEnvironment = new()
    {
        ["TCPREMOTEIP"] = "192.0.2.9",
        ["TCPREMOTEPORT"] = "4321",
        ["TCPLOCALIP"] = "127.0.0.1",
        ["TCPLOCALPORT"] = "143",
    };

    private static readonly string[] ImapServer =
    [
        "sh", "-c",
        "set -a; . /etc/courier/imapd; . /etc/courier/imapd-ssl; IMAP_CAPABILITY=$IMAP_CAPABILITY_ORIG;"
            + " exec /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir",
    ];

    [Theory]
    [InlineData("mary@example.com", 0, 1)]
    [InlineData("nosuch@example.com", 67, 0)]
    public async Task Maildrop_delivers_the_same(string user, int exitCode, int messages)
    {
        int before = Delivered();
        ProgramResult result = await fixture.AssertSameAsync(["maildrop", "-d", user], Message);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(before + (2 * messages), Delivered());
    }

    [Theory]
    [InlineData("LOGIN john@example.com password", "t0 OK")]
    [InlineData("LOGIN mary@example.com password", "t0 OK")]
    [InlineData("LOGIN bare password", "t0 OK")]
    [InlineData("LOGIN \"a b\" password", "t0 OK")]
    [InlineData("LOGIN john@example.com wrong", "t0 NO")]
    [InlineData("LOGIN nosuch password", "t0 NO")]
    public async Task Imap_logins_get_the_same(string login, string begins)
    {
        string[] commands = ["LIST \"\" *", "STATUS INBOX (UNSEEN)", "GETQUOTAROOT INBOX"];
        Task<IReadOnlyList<string>> c = ImapAsync(fixture.Pair.C, login, commands);
        IReadOnlyList<string> ours = await ImapAsync(fixture.Pair.Ours, login, commands);
        Assert.Equal(await c, ours);
        Assert.Contains(ours, line => line.StartsWith(begins, StringComparison.Ordinal));
    }

    /// <summary>The account's options reach the server, which turns the user away.</summary>
    [Fact]
    public async Task Imap_is_closed_to_an_account_that_has_it_disabled()
    {
        await using Conversation imap = new(fixture.Pair.Ours.ClientCommand(ImapServer), TcpEnvironment);
        await imap.ReadToAsync("* OK");
        await imap.WriteLineAsync("t0 LOGIN noimap password");
        Assert.Equal("* BYE IMAP access disabled for this account.", (await imap.ReadToAsync("* BYE"))[^1]);
    }

    [Theory]
    [InlineData(UserdbAccounts.CramPassword, "t0 OK")]
    [InlineData("wrong", "t0 NO")]
    public async Task Imap_cram_logins_work(string password, string begins)
    {
        await using Conversation imap = new(fixture.Pair.Ours.ClientCommand(ImapServer), TcpEnvironment);
        await imap.ReadToAsync("* OK");
        await imap.WriteLineAsync("t0 AUTHENTICATE CRAM-MD5");
        string challenge = (await imap.ReadToAsync("+ "))[^1]["+ ".Length..];
        string text = Core.WireText.FromBytes(Convert.FromBase64String(challenge));
        await imap.WriteLineAsync(Requests.Base64($"john@example.com {Requests.Digest("cram-md5", password, text)}"));
        Assert.StartsWith(begins, (await imap.ReadToAsync("t0 "))[^1], StringComparison.Ordinal);
    }

    /// <summary>The server's output for a login and some commands, without the parts that change from run to run.</summary>
    private static async Task<IReadOnlyList<string>> ImapAsync(IAuthDaemon daemon, string login, string[] commands)
    {
        await using Conversation imap = new(daemon.ClientCommand(ImapServer), TcpEnvironment);
        List<string> said = [.. await imap.ReadToAsync("* OK")];
        string[] all = [login, .. commands, "LOGOUT"];
        for (int i = 0; i < all.Length; i++)
        {
            await imap.WriteLineAsync($"t{i} {all[i]}");
            said.AddRange(await imap.ReadToAsync($"t{i} "));
        }

        said.Add(Times().Replace(await imap.EndAsync(), ""));
        return said;
    }

    private int Delivered() => Directory.GetFiles(Path.Combine(fixture.Home("mary"), "Maildir", "new")).Length;

    [GeneratedRegex(", (rcvd|sent|time)=[0-9]+")]
    private static partial Regex Times();
}
