// authenumerate's output and exit codes.
using Authd.Tests.Support;
using Authd.Tools;
using Xunit;

namespace Authd.Tests.Unit.Tools;

public class AuthEnumerateTests
{
    private const string List =
        "# authuserdb\n\n"
        + "john\t1000\t1001\t/home/john\tMaildir\ta=1,disableshared=1\n"
        + "jane\t1\t2\t/jane\t\t\n"
        + "short\t1\t2\t/short\n"
        + "yes\t1\t2\t/yes\t\tdisableshared=yes\n"
        + "no\t1\t2\t/no\t\tdisableshared=0,disableshared=1\n"
        + "ha#sh\t1\t2\t/h\t\txdisableshared=1\tsurplus\n"
        + "root\t0\t2\t/root\t\t\n"
        + "wheel\t1\t0\t/wheel\t\t\n"
        + "word\t1a\t2\t/word\t\t\n"
        + "minus\t-1\t2\t/minus\t\t\n"
        + "few\t1\t2\n"
        + ".\n";

    [Fact]
    public void Accounts_are_listed_without_options() => Assert.Equal(
        new ToolRun(
            0,
            "john\t1000\t1001\t/home/john\tMaildir\njane\t1\t2\t/jane\t\nshort\t1\t2\t/short\t\nyes\t1\t2\t/yes\t\n"
            + "no\t1\t2\t/no\t\nha#sh\t1\t2\t/h\t\n",
            ""),
        Run([List]));

    [Fact]
    public void Dash_o_shows_options() => Assert.Equal(
        new ToolRun(
            0,
            "john\t1000\t1001\t/home/john\tMaildir\ta=1,disableshared=1\njane\t1\t2\t/jane\t\t\nshort\t1\t2\t/short\t\t\n"
            + "yes\t1\t2\t/yes\t\tdisableshared=yes\nno\t1\t2\t/no\t\tdisableshared=0,disableshared=1\n"
            + "ha#sh\t1\t2\t/h\t\txdisableshared=1\n",
            ""),
        Run([List], "-o"));

    [Fact]
    public void Dash_s_leaves_out_who_does_not_share() => Assert.Equal(
        new ToolRun(0, "jane\t1\t2\t/jane\t\nshort\t1\t2\t/short\t\nno\t1\t2\t/no\t\nha#sh\t1\t2\t/h\t\n", ""),
        Run([List], "-s"));

    [Fact]
    public void The_request_is_ENUMERATE_alone()
    {
        using FakeDaemon daemon = new([".\n"]);

        Assert.Equal(new ToolRun(0, "", ""), ToolRun.Of(e => AuthEnumerate.Run(["-s", "-o"], e), daemon.SocketPath));
        Assert.Equal("ENUMERATE\n", daemon.Requests.Single());
    }

    [Fact]
    public void What_follows_the_dot_does_not_count() =>
        Assert.Equal(new ToolRun(0, "", ""), Run([".\nlate\t1\t1\t/h\t\t\n"]));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(".\r\n")]
    [InlineData("FAIL\n")]
    [InlineData("late\t1\t1\t/h\t\t")]
    public void A_list_without_its_dot_is_incomplete(string reply) => Assert.Equal(
        new ToolRun(1, "", "authenumerate: incomplete: the connection ended before the list did\n"), Run([reply]));

    [Fact]
    public void Records_before_the_break_are_printed()
    {
        ToolRun run = Run(["john\t1\t1\t/h\t\t\nja"]);

        Assert.Equal((1, "john\t1\t1\t/h\t\n"), (run.Code, run.Output));
    }

    [Fact]
    public void Lines_may_be_long_and_come_in_pieces()
    {
        string name = new('n', 20000);

        Assert.Equal($"{name}\t1\t2\t/h\t\n", Run([name, "\t1\t2\t/", "h\t\t\n", ".\n"]).Output);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-so")]
    [InlineData("--")]
    [InlineData("")]
    [InlineData("-o", "x")]
    public void Other_arguments_show_the_usage(params string[] arguments) => Assert.Equal(
        new ToolRun(1, "", "Usage: authenumerate [-s] [-o]\n"), ToolRun.Of(e => AuthEnumerate.Run(arguments, e)));

    [Fact]
    public void Without_a_socket_the_reason_is_shown() => Assert.Equal(
        new ToolRun(1, "", "ERR: authdaemon: s_connect() failed: No such file or directory\n"
            + $"ERR: /nonexistent/socket: no such socket; {AccessReport.Of("/")}; {AccessReport.Me}; "
            + "start authdaemond, or see authdaemonvar in authdaemonrc\n"),
        ToolRun.Of(e => AuthEnumerate.Run([], e)));

    private static ToolRun Run(string[] replies, params string[] arguments)
    {
        using FakeDaemon daemon = new(replies);
        return ToolRun.Of(e => AuthEnumerate.Run(arguments, e), daemon.SocketPath);
    }
}
