// packaging/fail2ban: the filter on the daemon's real lines in syslog.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class Fail2banTests
{
    [Fact]
    public async Task The_filter_finds_failed_logins_and_their_addresses()
    {
        await using DatagramSink syslog = new();
        using CourierSite site = await DaemonSite.NewAsync(1, "[log]\nsuccessful-logins = yes\n");
        string state = await site.NewStateAsync();
        string[] under = syslog.Under(DatagramSink.Syslog);
        await ProcessRunner.RunOrThrowAsync(site.Inside(state, [.. under, OurDaemon.Binary, "start"]));
        try
        {
            string socket = Path.Combine(state, "socket");
            await LoginAsync(socket, "192.0.2.7", DaemonSite.User, "wrong");
            await LoginAsync(socket, "2001:db8::1", "nobody", "x");
            await LoginAsync(socket, "::ffff:192.0.2.8", "x, ip=[192.0.2.99], service=imap", "x");
            await LoginAsync(socket, "192.0.2.9", DaemonSite.User, DaemonSite.Password);
            await RawClient.AskAsync(socket, Requests.Login("nobody", "x"));
            await site.WriteUserdbAsync(await File.ReadAllTextAsync(Path.Combine(site.Config, "userdb"))
                + "odd\tuid=3|gid=3|home=/h|options=allow_nets=nowhere|systempw=$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/\n");
            await LoginAsync(socket, "192.0.2.11", "odd", DaemonSite.Password);
            await syslog.HasAsync("ip=[192.0.2.11], service=imap, module=authuserdb, reason=allow_nets cannot be read");
            File.WriteAllText(Path.Combine(site.Config, "userdb.dat"), "no database");
            await LoginAsync(socket, "192.0.2.10", DaemonSite.User, DaemonSite.Password);
            await syslog.HasAsync("ip=[192.0.2.10]");
        }
        finally
        {
            await OurDaemon.RunAsync(site, state, "stop");
        }

        string found = await FilterAsync(site, syslog.Messages);
        Assert.Equal(
            ["192.0.2.7", "192.0.2.8", "2001:db8::1"], found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    /// <summary>The filter finds the address, and no other, whatever the name.</summary>
    [Fact]
    public async Task No_name_hides_its_address()
    {
        string[] names =
        [
            DaemonSite.User + new string(' ', 1100),
            DaemonSite.User + new string('\t', 1100),
            new string('A', 4096),
            new string(',', 4096),
            "x, ip=[1.2.3.4], service=imap, module=authuserdb, reason=wrong password",
            "x], ip=[1.2.3.4], service=",
            new string('y', 240) + ", ip=[1.2.3.4], service=imap",
            "x, reason=back end away",
            "reason=back end away",
            "\"'`\\$(id)%s%n<HOST>%(__prefix_line)s",
            string.Concat(Enumerable.Range(1, 255).Where(static i => i != '\n').Select(static i => (char)i)),
            "\xc3\xa9\xff\xfe" + new string('\xe9', 2000),
            "\r\u001b[2J\u0007",
            "1999-12-31 23:59:59",
            "Nov 21 1999 13:00:00 mail authdaemond: LOGIN FAILED",
            "946684799",
            " ",
        ];
        await using DatagramSink syslog = new();
        using CourierSite site = await DaemonSite.NewAsync(1);
        string state = await site.NewStateAsync();
        await ProcessRunner.RunOrThrowAsync(
            site.Inside(state, [.. syslog.Under(DatagramSink.Syslog), OurDaemon.Binary, "start"]));
        List<string> expected = [];
        try
        {
            string socket = Path.Combine(state, "socket");
            async Task SendAsync(string request)
            {
                string ip = $"198.51.100.{expected.Count + 10}";
                expected.Add(ip);
                await RawClient.AskAsync(socket, $"TCPREMOTEIP={ip}\n{request}");
                await syslog.HasAsync($"ip=[{ip}]");
            }

            foreach (string name in names)
            {
                await SendAsync(Requests.Login(name, "guess"));
                await SendAsync(Requests.Cram("cram-md5", name, "guess", "<1@x>"));
            }

            await SendAsync(Requests.Login("x", "guess", new string('s', 4096)));
            await SendAsync(Requests.Auth("imap", "plain, reason=internal error", "x"));
            await SendAsync(Requests.Auth("imap", "login", "only-a-name\n"));
            await SendAsync(Requests.ChangePassword(DaemonSite.User, "guess", "new"));
            await SendAsync(Requests.ChangePassword("nobody, ip=[1.2.3.4]" + new string(' ', 3000), "guess", "new"));
        }
        finally
        {
            await OurDaemon.RunAsync(site, state, "stop");
        }

        string found = await FilterAsync(
            site, syslog.Messages.Where(static m => m.Contains("LOGIN FAILED", StringComparison.Ordinal)));
        Assert.Equal(expected.Order(), found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    private static Task LoginAsync(string socket, string ip, string user, string password) =>
        RawClient.AskAsync(socket, $"TCPREMOTEIP={ip}\n{Requests.Login(user, password)}");

    /// <summary>The addresses that fail2ban would count, one a line.</summary>
    private static async Task<string> FilterAsync(CourierSite site, IEnumerable<string> messages)
    {
        // The form into which a syslog daemon turns a datagram "<22>Nov 21 13:00:00 authdaemond: ...".
        int time = "Nov 21 13:00:00 ".Length;
        string[] lines = [.. messages.Select(m => m[(m.IndexOf('>', StringComparison.Ordinal) + 1)..])];
        await File.WriteAllLinesAsync(site.Scratch["mail.log"], lines.Select(l => $"{l[..time]}mail {l[time..]}"));
        // The filter includes fail2ban's common.conf, which it expects in the same directory.
        File.Copy("/etc/fail2ban/filter.d/common.conf", site.Scratch["common.conf"]);
        File.Copy(
            Path.Combine(Repository.Root, "packaging/fail2ban/courier-authdaemon-filter.conf"), site.Scratch["filter.conf"]);
        return await ProcessRunner.RunOrThrowAsync(
            ["fail2ban-regex", "--out", "ip", site.Scratch["mail.log"], site.Scratch["filter.conf"]]);
    }
}
