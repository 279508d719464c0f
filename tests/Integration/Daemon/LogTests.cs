// The running daemon's output on stderr, in the foreground and under systemd.
using System.Net;
using System.Net.Sockets;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class LogTests
{
    private const string WithAddress = "TCPREMOTEIP=192.0.2.7\n";

    [Fact]
    public async Task A_failed_login_leaves_one_line_and_a_good_one_none()
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await daemon.LogHasAsync("Installation complete");
        int before = daemon.LogLines.Count;

        await RawClient.AskAsync(daemon.SocketPath, WithAddress + Requests.Login(DaemonSite.User, DaemonSite.Password));
        await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup);
        await RawClient.AskAsync(daemon.SocketPath, WithAddress + Requests.Login(DaemonSite.User, "wrong secret"));
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login("nobody\u0007", "wrong secret", "pop3"));
        await daemon.LogHasAsync("service=pop3");

        Assert.Equal(
            [
                $"INFO: LOGIN FAILED, user={DaemonSite.User}, ip=[192.0.2.7], service=imap, module=authuserdb, reason=wrong password",
                "INFO: LOGIN FAILED, user=nobody., ip=[], service=pop3, module=authuserdb, reason=unknown user",
            ],
            daemon.LogLines.Skip(before));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Passwords_are_logged_at_level_two_only(int level, bool logged)
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "", $"DEBUG_LOGIN={level}");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        await RawClient.AskAsync(daemon.SocketPath, Requests.Login(DaemonSite.User, "wrong secret"));
        await daemon.LogHasAsync("FAIL, all modules rejected");

        Assert.Equal(logged, daemon.LogLines.Any(line => line.Contains("wrong secret", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Start_is_logged_as_the_C_daemon_does()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        site.WriteAuthdaemonrc("authuserdb", 2);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await daemon.LogHasAsync("Installation complete");
        Assert.Equal("INFO: modules=\"authuserdb\", daemons=2", daemon.LogLines[0]);
    }

    /// <summary>
    /// systemd names the socket from which it reads stderr in JOURNAL_STREAM; it takes the priority from the line's start.
    /// </summary>
    [Fact]
    public async Task Under_systemd_lines_begin_with_their_priority()
    {
        using TcpListener journal = new(IPAddress.Loopback, 0);
        journal.Start();
        int port = ((IPEndPoint)journal.LocalEndpoint).Port;
        using CourierSite site = await DaemonSite.NewAsync(1, "", "DEBUG_LOGIN=1");
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, null, "bash", "-c",
            $"exec 2<>/dev/tcp/127.0.0.1/{port}; export JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2); exec \"$0\"");
        using TcpClient stderr = await journal.AcceptTcpClientAsync();
        using StreamReader reader = new(stderr.GetStream());

        Assert.True(await DaemonSite.AnswersAsync(daemon));

        List<string> lines = [];
        do
        {
            lines.Add(await reader.ReadLineAsync().WaitAsync(ProcessRunner.Limit) ?? throw new EndOfStreamException());
        }
        while (!lines[^1].Contains("received userid lookup request", StringComparison.Ordinal));

        Assert.All(lines, line => Assert.Matches("^<[2-7]>", line));
        Assert.Equal("<6>modules=\"authuserdb\", daemons=1", lines[0]);
        Assert.Equal($"<7>received userid lookup request: {DaemonSite.User}", lines[^1]);
    }

    [Fact]
    public async Task A_journal_that_is_not_our_stderr_changes_nothing()
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, "env", "JOURNAL_STREAM=1:2");
        await daemon.LogHasAsync("INFO: modules=");
        Assert.All(daemon.LogLines, line => Assert.StartsWith("INFO: ", line, StringComparison.Ordinal));
    }
}
