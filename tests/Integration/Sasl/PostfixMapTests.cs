// Postfix asks the daemon which mail to accept and where to store it.
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sasl;

public sealed class PostfixMapTests(SmtpFixture smtp) : IClassFixture<SmtpFixture>
{
    private PostfixServer Postfix => smtp.Postfix;

    [Fact]
    public async Task Mail_is_taken_for_accounts_and_for_nobody_else()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, smtp.Ini);
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.Equal("250 2.1.5 Ok", await Postfix.RecipientAsync(DaemonSite.User));
        Assert.Equal(
            "550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
            await Postfix.RecipientAsync("nobody@example.com"));
        Assert.Equal(
            "554 5.7.1 <jane@elsewhere.example>: Relay access denied", await Postfix.RecipientAsync("jane@elsewhere.example"));
    }

    [Fact]
    public async Task While_the_database_is_away_mail_is_deferred_and_not_bounced()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, smtp.Ini);
        site.WriteAuthdaemonrc("authuserdb authpgsql");
        site.WriteAuthpgsqlrc("host=/nonexistent dbname=mail", "PGSQL_USER_TABLE passwd", "PGSQL_CRYPT_PWFIELD crypt");
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.StartsWith("451 4.3.0 <other@example.com>: Temporary lookup failure", await Postfix.RecipientAsync("other@example.com"),
            StringComparison.Ordinal);

        // Only the database could tell whether the domain is ours. (smtpd remembers an answer for a while.)
        Assert.StartsWith("451 4.3.0 ", await Postfix.RecipientAsync("jane@another.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Domains_that_are_named_need_no_list_of_accounts()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, smtp.Ini + "domains = example.com, Example.NET\n");
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.Equal("OK example.net", await AskAsync("domains example.net"));
        Assert.Equal("NOTFOUND ", await AskAsync("domains example.org"));
        Assert.Equal("250 2.1.5 Ok", await Postfix.RecipientAsync(DaemonSite.User));
    }

    [Fact]
    public async Task Answers_of_each_table()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, smtp.Ini);
        site.WriteAuthdaemonrc("authuserdb authpwd");
        string userdb = await File.ReadAllTextAsync(Path.Combine(site.Config, "userdb"));
        await site.WriteUserdbAsync(userdb + "relative\tuid=5|gid=5|home=/home/relative/|mail=./mail/box\n"
            + "absolute\tuid=5|gid=5|home=/home/absolute|mail=/var/mail/absolute/\n");
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        foreach ((string request, string reply) in new[]
        {
            ("mailbox john@example.com", "OK /home/john/Maildir/"),
            ("mailbox relative", "OK /home/relative/mail/box/"),
            ("mailbox absolute", "OK /var/mail/absolute/"),
            ("mailbox @example.com", "NOTFOUND "),
            ("mailbox nobody@example.com", "NOTFOUND "),
            ("uid john@example.com", "OK 2001"),
            ("gid john@example.com", "OK 2001"),
            ("uid nobody@example.com", "NOTFOUND "),
            ("uid daemon", "OK 1"),
            ("domains example.com", "OK example.com"),
            ("domains EXAMPLE.com", "OK EXAMPLE.com"),
            ("domains elsewhere.example", "NOTFOUND "),
            ("other john", "PERM there is no such table; there are mailbox, uid, gid and domains"),
            ("mailbox", "PERM a table and a key are needed"),
        })
        {
            Assert.Equal((request, reply), (request, await AskAsync(request)));
        }

        await daemon.LogHasAsync("WARN: [maps] a client is closed: ");
    }

    /// <summary>Asks twice on one connection, and ends it with garbage.</summary>
    private async Task<string> AskAsync(string request)
    {
        string netstring = $"{request.Length}:{request},";
        RawReply reply = await RawClient.AskAsync(smtp.MapsPath, netstring + netstring + "garbage");
        string text = reply.Text[(reply.Text.IndexOf(':', StringComparison.Ordinal) + 1)..((reply.Text.Length / 2) - 1)];
        Assert.Equal($"{text.Length}:{text},{text.Length}:{text},", reply.Text);
        return text;
    }
}
