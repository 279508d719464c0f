// authtest's requests, output and exit codes, as observed with the C tool.
using System.Net.Sockets;
using Authd.Tests.Support;
using Authd.Tools;
using Xunit;

namespace Authd.Tests.Unit.Tools;

public class AuthTestTests
{
    private const string Usage = "Usage: authtest [-s service] userid [ password [ newpassword ] ]\n";

    private const string John =
        "UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john@example.com\nNAME=J\nMAILDIR=\nQUOTA=10000000S\n"
        + "PASSWD=$1$hash\nPASSWD2=secret\nOPTIONS=disableimap=1\n.\n";

    [Fact]
    public void An_account_is_shown_with_all_that_was_sent()
    {
        ToolRun run = Run(John, "john");

        const string Expected =
            "Authentication succeeded.\n"
            + "\n"
            + "     Authenticated: john@example.com  (uid 1000, gid 1001)\n"
            + "    Home Directory: /home/john\n"
            + "           Maildir: \n"
            + "             Quota: 10000000S\n"
            + "Encrypted Password: $1$hash\n"
            + "Cleartext Password: secret\n"
            + "           Options: disableimap=1\n";
        Assert.Equal(new ToolRun(0, Expected, ""), run);
    }

    [Fact]
    public void What_was_not_sent_is_none()
    {
        const string Expected =
            "Authentication succeeded.\n"
            + "\n"
            + "     Authenticated: (none)  (*** UID/GID initialization error***)\n"
            + "    Home Directory: \n"
            + "           Maildir: (none)\n"
            + "             Quota: (none)\n"
            + "Encrypted Password: (none)\n"
            + "Cleartext Password: (none)\n"
            + "           Options: (none)\n";
        Assert.Equal(new ToolRun(0, Expected, ""), Run(".\n", "john"));
    }

    [Theory]
    [InlineData("USERNAME=sys\nUID=5\nGID=7\n.\n", "(system username: sys)")]
    [InlineData("UID=5\nGID=-1\n.\n", "(uid 5, gid 4294967295)")]
    [InlineData("UID=12abc\nGID= 7\n.\n", "(uid 12, gid 7)")]
    [InlineData("UID=99999999999999999999\nGID=4294967297\n.\n", "(uid 4294967295, gid 1)")]
    [InlineData("GID=7\n.\n", "(*** UID/GID initialization error***)")]
    public void The_identity_is_a_name_or_two_unsigned_numbers(string reply, string identity) =>
        Assert.Contains($"Authenticated: (none)  {identity}\n", Run(reply, "john").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("TCPREMOTEIP=::1\nPRE . login john\n", "john")]
    [InlineData("TCPREMOTEIP=::1\nPRE . imap john\n", "-s", "imap", "john")]
    [InlineData("TCPREMOTEIP=::1\nPRE . imap john\n", "-simap", "john")]
    [InlineData("TCPREMOTEIP=::1\nPRE . imap john\n", "-s", "pop3", "-simap", "john")]
    [InlineData("TCPREMOTEIP=::1\nPRE . login -john\n", "-", "-john")]
    [InlineData("TCPREMOTEIP=::1\nPRE . login \n", "")]
    [InlineData("TCPREMOTEIP=::1\nPRE . login jo\thn\n", "jo\thn")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 20\nlogin\nlogin\njohn\npw\n", "john", "pw")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 20\nlogin\nlogin\njohn\n-s\n", "-", "john", "-s")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 25\nlogin\nlogin\njohn\n-secret\n", "john", "-secret")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 19\nimap\nlogin\njohn\npw\n", "-s", "imap", "-", "john", "pw")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 15\n\nlogin\njohn\npw\n", "-s", "", "john", "pw")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 18\nlogin\nlogin\njohn\n\n", "john", "")]
    [InlineData("TCPREMOTEIP=::1\nAUTH 21\nlogin\nlogin\nj\u00c3\u00b6hn\np\u00ff\n", "j\u00c3\u00b6hn", "p\u00ff")]
    [InlineData("PASSWD login\tjohn\tpw\tnew\n", "john", "pw", "new")]
    [InlineData("PASSWD login\tjohn\tpw\tnew\n", "john", "pw", "new", "surplus")]
    [InlineData("PASSWD imap\tjohn\t\t\n", "-s", "imap", "john", "", "")]
    public void The_operands_choose_the_request(string request, params string[] arguments)
    {
        using FakeDaemon daemon = new(["FAIL\n"]);

        ToolRun run = ToolRun.Of(environment => AuthTest.Run(arguments, environment), daemon.SocketPath);

        Assert.Equal(request, daemon.Requests.Single());
        Assert.Equal(new ToolRun(1, "", "Authentication FAILED: Operation not permitted\n"), run);
    }

    [Theory]
    [InlineData]
    [InlineData("-s")]
    [InlineData("-s", "imap")]
    [InlineData("-")]
    [InlineData("-x", "john")]
    [InlineData("--", "john")]
    [InlineData("--help")]
    [InlineData("-p")]
    [InlineData("-p", "john", "password")]
    public void Other_arguments_show_the_usage(params string[] arguments) => Assert.Equal(
        new ToolRun(1, "", Usage), ToolRun.Of(environment => AuthTest.Run(arguments, environment)));

    [Theory]
    [InlineData("-s", "john", "-s", "imap")]
    [InlineData("-p", "john", "-p")]
    [InlineData("-s", "-s", "pop3", "john", "secret", "-s")]
    [InlineData("-n", "-p", "john", "-n")]
    [InlineData("--explain", "john", "--explain")]
    public void An_option_behind_the_name_is_no_password(string option, params string[] arguments)
    {
        using FakeDaemon daemon = new(["OK\n"]);

        ToolRun run = ToolRun.Of(environment => AuthTest.Run(arguments, environment), daemon.SocketPath);

        string[] lines = run.Error.Split('\n');
        Assert.Equal(
            (1, $"authtest: {option} behind the userid: options come first; if it is a password, write: authtest - userid password"),
            (run.Code, lines[0]));
        Assert.Equal(Usage.TrimEnd(), lines[1]);
        Assert.Empty(daemon.Requests);
    }

    [Theory]
    [InlineData("jo\thn", "pw")]
    [InlineData("john", "p\rw")]
    [InlineData("john", "pw", "n\tw")]
    [InlineData("-s", "a\tb", "john", "pw", "new")]
    [InlineData("jo\nhn")]
    [InlineData("-s", "a\nb", "john")]
    [InlineData("-s", "a\nb", "john", "pw")]
    public void What_the_protocol_cannot_carry_is_not_sent(params string[] arguments)
    {
        using FakeDaemon daemon = new(["OK\n"]);

        ToolRun run = ToolRun.Of(environment => AuthTest.Run(arguments, environment), daemon.SocketPath);

        Assert.Equal(new ToolRun(1, "", "Authentication FAILED: Invalid argument\n"), run);
        Assert.Empty(daemon.Requests);
    }

    [Theory]
    [InlineData("1.2.3.4", "TCPREMOTEIP=1.2.3.4\nPRE . login john\n")]
    [InlineData("", "TCPREMOTEIP=\nPRE . login john\n")]
    public void TCPREMOTEIP_of_the_environment_is_announced(string address, string request)
    {
        using FakeDaemon daemon = new([John]);

        ToolRun.Of(
            environment => AuthTest.Run(["john"], environment),
            daemon.SocketPath,
            variables: new Dictionary<string, string> { ["TCPREMOTEIP"] = address });

        Assert.Equal(request, daemon.Requests.Single());
    }

    [Theory]
    [InlineData("a\tb")]
    [InlineData("\u00c3")]
    public void A_TCPREMOTEIP_that_is_no_ASCII_text_is_refused(string address)
    {
        ToolRun run = ToolRun.Of(
            environment => AuthTest.Run(["john"], environment),
            variables: new Dictionary<string, string> { ["TCPREMOTEIP"] = address });

        Assert.Equal("Authentication FAILED: Invalid argument\n", run.Error);
    }

    [Theory]
    [InlineData("@ex.com", null, "john", "john@ex.com")]
    [InlineData("@ex.com", null, "john@y", "john@y")]
    [InlineData("@ex.com", "+%", "john@y", "john@y@ex.com")]
    [InlineData("@ex.com", "+%", "john%y", "john%y")]
    [InlineData("@ex.com", "", "john@y", "john@y@ex.com")]
    [InlineData("", null, "john", "john")]
    public void DEFDOMAIN_completes_the_name_of_a_login(string domain, string? separators, string user, string sent)
    {
        using FakeDaemon daemon = new([John]);
        Dictionary<string, string> variables = new() { ["DEFDOMAIN"] = domain };
        if (separators is not null)
        {
            variables["DOMAINSEP"] = separators;
        }

        ToolRun.Of(environment => AuthTest.Run([user, "pw"], environment), daemon.SocketPath, variables: variables);

        Assert.EndsWith($"\nlogin\n{sent}\npw\n", daemon.Requests.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRE . login john\n", "john")]
    [InlineData("PASSWD login\tjohn\tpw\tnew\n", "john", "pw", "new")]
    public void DEFDOMAIN_leaves_other_requests_alone(string request, params string[] arguments)
    {
        using FakeDaemon daemon = new(["OK\n"]);

        ToolRun.Of(
            environment => AuthTest.Run(arguments, environment),
            daemon.SocketPath,
            variables: new Dictionary<string, string> { ["DEFDOMAIN"] = "@ex.com" });

        Assert.EndsWith(request, daemon.Requests.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", "")]
    [InlineData("1", "DEBUG: LOGIN: ip=[::1], username=j..hn\n")]
    [InlineData("2", "DEBUG: LOGIN: ip=[::1], username=j..hn\nDEBUG: LOGIN: ip=[::1], password=p w\n")]
    public void DEBUG_LOGIN_shows_a_login_on_standard_error(string level, string lines)
    {
        using FakeDaemon daemon = new([John]);

        ToolRun run = ToolRun.Of(
            environment => AuthTest.Run(["j\u00c3\u00b6hn", "p w"], environment),
            daemon.SocketPath,
            variables: new Dictionary<string, string> { ["DEBUG_LOGIN"] = level, ["DEFDOMAIN"] = "@ex.com" });

        Assert.Equal((0, lines), (run.Code, run.Error));
    }

    [Theory]
    [InlineData("FAIL\n", "Operation not permitted")]
    [InlineData("FAIL", "Operation not permitted")]
    [InlineData("UID=5\nFAIL\n", "Operation not permitted")]
    [InlineData("", "Input/output error")]
    [InlineData("FAILX\n", "Input/output error")]
    [InlineData("UID=5\nGID=7\n", "Input/output error")]
    [InlineData("UID=5\n.\r\n", "Input/output error")]
    [InlineData("HOME=a\0b\n.\n", "Input/output error")]
    public void A_refusal_and_a_missing_answer_differ(string reply, string reason) =>
        Assert.Equal(new ToolRun(1, "", $"Authentication FAILED: {reason}\n"), Run(reply, "john"));

    [Fact]
    public void A_reply_over_8191_bytes_is_no_answer()
    {
        string fits = "HOME=" + new string('h', 8191 - "HOME=\n.\n".Length) + "\n.\n";

        Assert.Equal(0, Run(fits, "john").Code);
        Assert.Equal("Authentication FAILED: Input/output error\n", Run("XX" + fits, "john").Error);
    }

    [Theory]
    [InlineData("FAIL\n")]
    [InlineData("UID=1\n.\n")]
    public void A_whole_reply_is_recognised_before_the_connection_ends(string reply)
    {
        using FakeDaemon daemon = new([reply[..1], reply[1..]], closes: false);

        ToolRun run = ToolRun.Of(environment => AuthTest.Run(["john"], environment), daemon.SocketPath);

        Assert.Equal(reply == "FAIL\n" ? 1 : 0, run.Code);
    }

    [Fact]
    public void A_silent_daemon_is_left_after_the_time_limit()
    {
        using FakeDaemon daemon = new([], closes: false);

        ToolRun run = ToolRun.Of(
            environment => AuthTest.Run(["john"], environment),
            daemon.SocketPath,
            variables: new Dictionary<string, string> { ["TIMEOUT_READ"] = "1" });

        Assert.Equal(new ToolRun(1, "", "Authentication FAILED: Input/output error\n"), run);
    }

    [Theory]
    [InlineData("OK\n", 0, "Password change succeeded.\n")]
    [InlineData("OK", 1, "Authentication FAILED: Operation not permitted\n")]
    [InlineData("OK\nx\n", 1, "Authentication FAILED: Operation not permitted\n")]
    [InlineData("FAIL\n", 1, "Authentication FAILED: Operation not permitted\n")]
    [InlineData("", 1, "Authentication FAILED: Operation not permitted\n")]
    public void A_password_change_succeeds_with_OK_alone(string reply, int code, string error) =>
        Assert.Equal(new ToolRun(code, "", error), Run(reply, "john", "pw", "new"));

    [Theory]
    [InlineData("-p", "one\n", "AUTH 21\nlogin\nlogin\njohn\none\n")]
    [InlineData("-p", "one", "AUTH 21\nlogin\nlogin\njohn\none\n")]
    [InlineData("-n", "one\ntwo\n", "PASSWD login\tjohn\tone\ttwo\n")]
    public void Passwords_can_come_from_standard_input(string option, string input, string request)
    {
        using FakeDaemon daemon = new(["OK\n"]);

        ToolRun.Of(environment => AuthTest.Run([option, "john"], environment), daemon.SocketPath, input);

        Assert.EndsWith(request, daemon.Requests.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-p", "")]
    [InlineData("-n", "one\n")]
    public void A_password_that_does_not_come_is_an_error(string option, string input)
    {
        ToolRun run = ToolRun.Of(environment => AuthTest.Run([option, "john"], environment), input: input);

        Assert.Equal(new ToolRun(1, "", "Authentication FAILED: Invalid argument\n"), run);
    }

    [Theory]
    [InlineData("john")]
    [InlineData("john", "pw")]
    [InlineData("john", "pw", "new")]
    public void Without_a_socket_the_reason_is_shown_twice(params string[] arguments)
    {
        ToolRun run = ToolRun.Of(environment => AuthTest.Run(arguments, environment));

        string expected =
            "ERR: authdaemon: s_connect() failed: No such file or directory\n"
            + $"ERR: /nonexistent/socket: no such socket; {AccessReport.Of("/")}; {AccessReport.Me}; "
            + "start authdaemond, or see authdaemonvar in authdaemonrc\n"
            + "Authentication FAILED: No such file or directory\n";
        Assert.Equal(new ToolRun(1, "", expected), run);
        Assert.Contains("/ belongs to root:root, mode 0", expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_daemon_on_the_socket_there_is_a_hint()
    {
        using ScratchDirectory directory = new();
        using (Socket dead = Listen(directory["socket"], backlog: 0))
        {
            // .NET removes the file under the name it bound.
            File.Move(directory["socket"], directory["left"]);
        }

        ToolRun run = ToolRun.Of(environment => AuthTest.Run(["john"], environment), directory["left"]);

        string expected =
            "ERR: authdaemon: s_connect() failed: Connection refused\n"
            + "ERR: [Hint: perhaps authdaemond is not running?]\n"
            + $"ERR: {directory["left"]}: nobody listens there; {AccessReport.Of(directory["left"])}; {AccessReport.Me}; start authdaemond\n"
            + "Authentication FAILED: Connection refused\n";
        Assert.Equal(new ToolRun(1, "", expected), run);
    }

    [Fact]
    public void A_full_backlog_is_waited_for_up_to_the_time_limit()
    {
        using ScratchDirectory directory = new();
        using Socket busy = Listen(directory["socket"], backlog: 0);
        using Socket first = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        first.Connect(new UnixDomainSocketEndPoint(directory["socket"]));

        ToolRun run = ToolRun.Of(
            environment => AuthTest.Run(["john"], environment),
            directory["socket"],
            variables: new Dictionary<string, string> { ["TIMEOUT_SOCK"] = "1" });

        const string Expected =
            "ERR: authdaemon: s_connect() failed: Resource temporarily unavailable\n"
            + "Authentication FAILED: Resource temporarily unavailable\n";
        Assert.Equal(new ToolRun(1, "", Expected), run);
    }

    [Fact]
    public async Task A_backlog_that_empties_lets_the_client_in()
    {
        using ScratchDirectory directory = new();
        using Socket busy = Listen(directory["socket"], backlog: 0);
        using Socket first = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        first.Connect(new UnixDomainSocketEndPoint(directory["socket"]));

        Task<ToolRun> client = Task.Run(() =>
            ToolRun.Of(environment => AuthTest.Run(["john"], environment), directory["socket"]));
        await Task.Delay(200);
        Assert.False(client.IsCompleted);
        using Socket acceptedFirst = await busy.AcceptAsync();
        using Socket accepted = await busy.AcceptAsync();
        await accepted.SendAsync("FAIL\n"u8.ToArray());

        Assert.Equal("Authentication FAILED: Operation not permitted\n", (await client).Error);
    }

    private static Socket Listen(string path, int backlog)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(backlog);
        return socket;
    }

    private static ToolRun Run(string reply, params string[] arguments)
    {
        using FakeDaemon daemon = new([reply]);
        return ToolRun.Of(environment => AuthTest.Run(arguments, environment), daemon.SocketPath);
    }
}
