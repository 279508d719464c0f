// Native journal entries: priority, facility, name, and the fields of a login.
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Systemd;

public sealed class JournalTests : IAsyncLifetime
{
    // systemd makes stderr a socket to the journal and names it; here another socket takes its place.
    private const string StderrIsJournal = """
        exec 2<>/dev/udp/127.0.0.1/9; export JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2); exec "$0" "$@"
        """;

    private readonly DatagramSink _journal = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Fact]
    public async Task Lines_carry_priority_name_and_facility()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await StartAsync(site);
        string entry = await _journal.HasAsync("modules=");
        Assert.Equal(
            "MESSAGE=modules=\"authuserdb\", daemons=2\nPRIORITY=6\nSYSLOG_IDENTIFIER=authdaemond\nSYSLOG_FACILITY=2\n", entry);
    }

    [Fact]
    public async Task LOGGEROPTS_counts()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "", "LOGGEROPTS=\"-name=authd -facility=local6\"");
        await using OurDaemon daemon = await StartAsync(site);
        Assert.EndsWith(
            "\nSYSLOG_IDENTIFIER=authd\nSYSLOG_FACILITY=22\n", await _journal.HasAsync("modules="),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_login_has_fields()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await StartAsync(site);
        await RawClient.AskAsync(
            daemon.SocketPath, "TCPREMOTEIP=192.0.2.7\n" + Requests.Login(DaemonSite.User, "wrong\nUSER_NAME=forged"));
        string[] entry = (await _journal.HasAsync("LOGIN FAILED")).Split('\n');
        Assert.Equal(
            "MESSAGE=LOGIN FAILED, user=john@example.com, ip=[192.0.2.7], service=imap, module=authuserdb, reason=wrong password",
            entry[0]);
        Assert.Superset(
            new HashSet<string>
            {
                "PRIORITY=6", "SYSLOG_FACILITY=2", "USER_NAME=john@example.com", "REMOTE_IP=192.0.2.7", "SERVICE=imap",
                "AUTH_MODULE=authuserdb", "RESULT=reject", "REASON=wrong password",
            },
            entry.ToHashSet());
        Assert.Single(entry, line => line.StartsWith("MESSAGE_ID=", StringComparison.Ordinal));
        string duration = Assert.Single(entry, line => line.StartsWith("DURATION_", StringComparison.Ordinal));
        Assert.Matches("^DURATION_USEC=[0-9]+$", duration);
        Assert.Single(entry, line => line.StartsWith("USER_NAME=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("[log]\nsuccessful-logins = yes\n", true)]
    public async Task A_successful_login_is_logged_when_asked_for(string ini, bool logged)
    {
        using CourierSite site = await DaemonSite.NewAsync(1, ini);
        await using OurDaemon daemon = await StartAsync(site);
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login(DaemonSite.User, DaemonSite.Password));
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login("nobody", "x"));
        await _journal.HasAsync("user=nobody");

        string? entry = _journal.Messages.SingleOrDefault(m => m.StartsWith("MESSAGE=LOGIN, ", StringComparison.Ordinal));
        Assert.Equal(logged, entry is not null);
        if (entry is not null)
        {
            Assert.StartsWith(
                "MESSAGE=LOGIN, user=john@example.com, ip=[], service=imap, module=authuserdb\n",
                entry,
                StringComparison.Ordinal);
            Assert.Contains("\nRESULT=accept\n", entry, StringComparison.Ordinal);
        }
    }

    private Task<OurDaemon> StartAsync(CourierSite site) =>
        OurDaemon.StartAsync(site, null, [.. _journal.Under(DatagramSink.Journal), "bash", "-c", StderrIsJournal]);
}
