// Mail clients log in through a real smtpd, chrooted, which asks the daemon by Dovecot's protocol.
using System.Globalization;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sasl;

public sealed class PostfixLoginTests(SmtpFixture smtp) : IClassFixture<SmtpFixture>
{
    private const string Right = "235 2.7.0 Authentication successful";
    private const string Wrong = "535 5.7.8 Error: authentication failed: ";
    private const string Away = "454 4.7.0 Temporary authentication failure: ";
    private const string Cram = "cram@example.com";

    // Mechanism, user, password; prints the code of the reply.
    private const string Smtplib =
        """
        import smtplib, sys
        s = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))
        s.ehlo()
        s.user, s.password = sys.argv[3:5]
        try:
            print(s.auth(sys.argv[2], getattr(s, 'auth_' + sys.argv[2].lower().replace('-', '_')))[0])
        except smtplib.SMTPAuthenticationError as e:
            print(e.smtp_code)
        """;

    private PostfixServer Postfix => smtp.Postfix;

    [Theory]
    [InlineData("PLAIN", DaemonSite.User)]
    [InlineData("LOGIN", DaemonSite.User)]
    [InlineData("CRAM-MD5", Cram)]
    public async Task Python_logs_in(string mechanism, string user)
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.Equal("235\n", await PythonAsync(mechanism, user, DaemonSite.Password));
        Assert.Equal("535\n", await PythonAsync(mechanism, user, "wrong"));
        Assert.Equal("535\n", await PythonAsync(mechanism, "nobody@example.com", DaemonSite.Password));
        await daemon.LogHasAsync($"LOGIN FAILED, user={user}, ip=[127.0.0.1], service=smtp, module=authuserdb, reason=wrong password");
        await daemon.LogHasAsync("LOGIN FAILED, user=nobody@example.com, ip=[127.0.0.1], service=smtp, module=authuserdb, reason=unknown user");
    }

    [Theory]
    [InlineData("PLAIN", DaemonSite.User)]
    [InlineData("LOGIN", DaemonSite.User)]
    [InlineData("CRAM-MD5", Cram)]
    [InlineData("CRAM-SHA1", Cram)]
    public async Task Swaks_logs_in(string mechanism, string user)
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.Contains("\n<-  235 ", await SwaksAsync(mechanism, user, DaemonSite.Password), StringComparison.Ordinal);
        Assert.Contains("\n<** 535 ", await SwaksAsync(mechanism, user, "wrong"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("CRAM-MD5")]
    [InlineData("LOGIN")]
    public async Task Gnu_sasl_logs_in_where_the_password_is_stored_in_clear_text(string mechanism)
    {
        using CourierSite site = await SiteAsync("authuserdb authsqlite");
        site.Write("authsqliterc", $"##NAME: MARKER:0\nSQLITE_DATABASE {site.Scratch["accounts"]}\nSQLITE_USER_TABLE passwd\n"
            + "SQLITE_CLEAR_PWFIELD clear\nSQLITE_LOGIN_FIELD id\n");
        await ProcessRunner.RunOrThrowAsync(
            ["sqlite3", site.Scratch["accounts"], "CREATE TABLE passwd(id, clear, uid, gid, home);"
                + "INSERT INTO passwd VALUES('clear@example.com', 'open sesame', 2004, 2004, '/home/clear');"]);
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);

        // An smtpd process keeps the mechanisms of the daemon that it first asked.
        await Postfix.RestartAsync();
        Assert.Contains("\n235 ", await GnuAsync(mechanism, "clear@example.com", "open sesame"), StringComparison.Ordinal);
        Assert.Contains("\n535 ", await GnuAsync(mechanism, "clear@example.com", "open barley"), StringComparison.Ordinal);
        Assert.Contains("\n535 ", await GnuAsync(mechanism, "nobody@example.com", "open sesame"), StringComparison.Ordinal);
        await daemon.LogHasAsync("LOGIN FAILED, user=clear@example.com, ip=[127.0.0.1], service=smtp, module=authsqlite, reason=wrong password");
    }

    [Fact]
    public async Task A_database_that_is_away_is_a_temporary_failure()
    {
        using CourierSite site = await SiteAsync("authuserdb authpgsql");
        site.WriteAuthpgsqlrc("host=/nonexistent dbname=mail", "PGSQL_USER_TABLE passwd", "PGSQL_CRYPT_PWFIELD crypt");
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.StartsWith(Away, await Postfix.LoginAsync("away@example.com", "x"), StringComparison.Ordinal);
        Assert.Equal(Right, await Postfix.LoginAsync(DaemonSite.User, DaemonSite.Password));
    }

    [Fact]
    public async Task A_hundred_at_a_time_log_in_and_each_gets_its_own_answer()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        string[] replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(
            i => Postfix.LoginAsync(DaemonSite.User, i % 3 == 0 ? "wrong" : DaemonSite.Password)));
        Assert.All(
            replies.Index(), one => Assert.StartsWith(one.Index % 3 == 0 ? Wrong : Right, one.Item, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reloads_under_load_fail_no_login_and_no_lookup()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        using CancellationTokenSource enough = new();
        Task<int>[] clients = [.. Enumerable.Range(0, 8).Select(i => LogInUntilAsync(i, enough.Token))];
        for (int reload = 0; reload < 5; reload++)
        {
            IReadOnlyList<int> before = daemon.Workers;
            await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
            await Eventually.IsTrueAsync(() => !daemon.Workers.Intersect(before).Any(), "new workers");
        }

        await enough.CancelAsync();
        int[] logins = await Task.WhenAll(clients);
        Assert.All(logins, count => Assert.InRange(count, 1, int.MaxValue));
    }

    [Fact]
    public async Task Both_sides_may_restart()
    {
        using CourierSite site = await SiteAsync();
        await using (OurDaemon first = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath))
        {
            Assert.Equal(Right, await Postfix.LoginAsync(DaemonSite.User, DaemonSite.Password));
            await Postfix.RestartAsync();
            Assert.Equal(Right, await Postfix.LoginAsync(DaemonSite.User, DaemonSite.Password));
        }

        // The processes of smtpd have connections to a daemon that has ended.
        await using OurDaemon second = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Right, await Postfix.LoginAsync(DaemonSite.User, DaemonSite.Password));
        }
    }

    [Fact]
    public async Task The_socket_is_the_mail_servers_alone_and_comes_back_when_it_is_removed()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await SaslSite.StartAsync(site, smtp.SaslPath, smtp.MapsPath);
        Assert.Equal("660 postfix postfix\n", await ProcessRunner.RunOrThrowAsync(["stat", "-c", "%a %U %G", smtp.SaslPath]));
        File.Delete(smtp.SaslPath);
        await Eventually.IsTrueAsync(() => File.Exists(smtp.SaslPath), "the socket");
        Assert.Equal(Right, await Postfix.LoginAsync(DaemonSite.User, DaemonSite.Password));
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    private async Task<CourierSite> SiteAsync(string modules = "authuserdb")
    {
        CourierSite site = await DaemonSite.NewAsync(2, smtp.Ini);
        site.WriteAuthdaemonrc(modules);
        string userdb = await File.ReadAllTextAsync(Path.Combine(site.Config, "userdb"));
        await site.WriteUserdbAsync(userdb + $"{Cram}\tuid=2003|gid=2003|home=/home/cram"
            + $"|hmac-md5pw={HmacKey.FromPassword(CramHash.Md5, DaemonSite.Password)}|hmac-sha1pw={HmacKey.FromPassword(CramHash.Sha1, DaemonSite.Password)}\n");
        return site;
    }

    private async Task<int> LogInUntilAsync(int client, CancellationToken enough)
    {
        int count = 0;
        while (!enough.IsCancellationRequested || count == 0)
        {
            (string expected, Task<string> reply) = (client % 4) switch
            {
                0 => ("250 2.1.5 Ok", Postfix.RecipientAsync(DaemonSite.User)),
                1 => (Right, Postfix.TalkAsync(
                    "AUTH LOGIN", Requests.Base64(DaemonSite.User), Requests.Base64(DaemonSite.Password))),
                _ => (Right, Postfix.LoginAsync(DaemonSite.User, DaemonSite.Password)),
            };
            Assert.Equal(expected, await reply);
            count++;
        }

        return count;
    }

    private Task<string> PythonAsync(string mechanism, string user, string password) => ProcessRunner.RunOrThrowAsync(
        ["python3", "-c", Smtplib, Postfix.Port.ToString(CultureInfo.InvariantCulture), mechanism, user, password]);

    private async Task<string> GnuAsync(string mechanism, string user, string password) => (await ProcessRunner.RunAsync(
        [
            "gsasl", "--client", "--smtp", $"--connect=127.0.0.1:{Postfix.Port}", "--no-starttls", $"--mechanism={mechanism}",
            $"--authentication-id={user}", $"--password={password}",
        ])).Output;

    private async Task<string> SwaksAsync(string mechanism, string user, string password) => (await ProcessRunner.RunAsync(
        [
            "swaks", "--server", $"127.0.0.1:{Postfix.Port}", "--ehlo", "client.example", "--quit-after", "AUTH", "--auth", mechanism,
            "--auth-user", user, "--auth-password", password,
        ])).Output;
}
