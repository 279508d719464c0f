// Debian's client tools and ours before the same daemon: the same request, output and exit code.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Tools;

public sealed class ClientToolTests : IDisposable
{
    private const string Account =
        "UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john@example.com\nNAME=J\nMAILDIR=\nQUOTA=10000000S\n"
        + "PASSWD=$1$hash\nPASSWD2=secret\nOPTIONS=disableimap=1\n.\n";

    private const string List =
        "# authuserdb\n\njohn\t1000\t1001\t/home/john\tMaildir\ta=1,disableshared=1\nshort\t1\t2\t/short\n"
        + "no\t1\t2\t/no\t\tdisableshared=0,disableshared=1\nsurplus\t1\t2\t/h\t\txdisableshared=1\tsurplus\n"
        + "root\t0\t2\t/root\t\t\nwheel\t1\t0\t/wheel\t\t\nword\t1a\t 2\t/word\t\t\nminus\t-1\t2\t/minus\t\t\nfew\t1\t2\n"
        + "\t1\t1\t/noname\t\t\n.\nlate\t1\t1\t/h\t\t\n";

    private readonly CourierSite _site = new();

    public ClientToolTests() => _site.WriteAuthdaemonrc("authuserdb");

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("john")]
    [InlineData("-s", "imap", "john")]
    [InlineData("-simap", "john", "secret")]
    [InlineData("-s", "", "john", "secret")]
    [InlineData("-", "-john")]
    [InlineData("john", "")]
    [InlineData("")]
    [InlineData("j\u00f6hn", "p w\u20ac")]
    [InlineData("jo\thn")]
    [InlineData("jo\thn", "secret")]
    [InlineData("john", "old", "new")]
    [InlineData("john", "old", "n\tew")]
    [InlineData("john", "", "", "surplus")]
    [InlineData]
    [InlineData("-s")]
    [InlineData("--", "john")]
    [InlineData("--help", "john")]
    public Task Authtest_asks_alike(params string[] arguments) => AssertAlike(Account, ["authtest", .. arguments]);

    [Theory]
    [InlineData("FAIL\n")]
    [InlineData("FAIL")]
    [InlineData("UID=5\nFAIL\n")]
    [InlineData("FAILX\n")]
    [InlineData("")]
    [InlineData(".\n")]
    [InlineData(".")]
    [InlineData(".\r\n")]
    [InlineData("\n\n.\n")]
    [InlineData("..\n.x\n.\n")]
    [InlineData("UID=5\nUID=6\nFOO=1\nbar\n=x\nuid=7\nHOME=/x\n.\nHOME=/y\n")]
    [InlineData("USERNAME=sys\nUID=5\nADDRESS=\n.\n")]
    [InlineData("UID=\nUSERNAME=\n.\n")]
    [InlineData("UID=12abc\nGID= 7\n.\n")]
    [InlineData("UID=-5\nGID=4294967297\n.\n")]
    [InlineData("UID=99999999999999999999\nHOME=a\0b\n.\n")]
    [InlineData("GID=1\nHOME=\n.\n")]
    public Task Authtest_reads_replies_alike(string reply) => AssertAlike(reply, ["authtest", "john"]);

    [Theory]
    [InlineData("OK\n")]
    [InlineData("OK")]
    [InlineData("ok\n")]
    [InlineData("OK\nx\n")]
    [InlineData("FAIL\n")]
    [InlineData("")]
    public Task Authtest_reads_the_end_of_a_password_change_alike(string reply) =>
        AssertAlike(reply, ["authtest", "john", "old", "new"]);

    [Theory]
    [InlineData("TCPREMOTEIP", "192.0.2.7", "john")]
    [InlineData("TCPREMOTEIP", "", "john")]
    [InlineData("TCPREMOTEIP", "a\tb", "john")]
    [InlineData("DEFDOMAIN", "@ex.com", "john")]
    [InlineData("DEFDOMAIN", "@ex.com", "john", "secret")]
    [InlineData("DEFDOMAIN", "@ex.com", "john@a", "secret")]
    [InlineData("DEFDOMAIN", "@ex.com", "john", "old", "new")]
    [InlineData("DEFDOMAIN", "", "john", "secret")]
    [InlineData("DEBUG_LOGIN", "1", "john", "secret")]
    [InlineData("DEBUG_LOGIN", "2", "j\u00f6hn", "secret")]
    [InlineData("DEBUG_LOGIN", "2", "john")]
    public Task The_environment_works_alike(string variable, string value, params string[] arguments) =>
        AssertAlike(Account, ["authtest", .. arguments], new Dictionary<string, string> { [variable] = value });

    [Theory]
    [InlineData]
    [InlineData("-s")]
    [InlineData("-o")]
    [InlineData("-s", "-o")]
    [InlineData("-so")]
    [InlineData("--")]
    [InlineData("")]
    [InlineData("-o", "x")]
    public Task Authenumerate_lists_alike(params string[] arguments) => AssertAlike(List, ["authenumerate", .. arguments]);

    [Theory]
    [InlineData("md5", "password\n")]
    [InlineData("MD5RAW", "password\n")]
    [InlineData("sha", "password")]
    [InlineData("sha256", "p\u00e4ssword\r\n")]
    [InlineData("sha512", "\n")]
    [InlineData("sha", "pass\0word\nsecond line\n")]
    [InlineData("sha", "")]
    public Task Authpasswd_hashes_alike(string method, string input) =>
        AssertAlike("", ["authpasswd", method, "surplus"], input: input);

    [Theory]
    [InlineData("authpasswd")]
    [InlineData("authpasswd", "md5")]
    [InlineData("userdbpw", "-md5")]
    [InlineData("courierlogger", "name")]
    public async Task Without_standard_input_a_command_that_reads_it_fails_alike(params string[] command)
    {
        const string Closed = "exec \"$@\" <&-";
        ProgramResult c = await ProcessRunner.RunAsync(
            ["sh", "-c", Closed, "sh", "/usr/sbin/" + command[0], .. command[1..]]);
        ProgramResult ours = await ProcessRunner.RunAsync(["sh", "-c", Closed, "sh", OurDaemon.Binary, .. command]);

        Assert.Equal(new ProgramResult(1, "", c.Error), c);
        Assert.Equal(c with { Error = ours.Error }, ours);
        Assert.EndsWith("standard input is closed\n", ours.Error, StringComparison.Ordinal);
    }

    /// <summary>docs/DIFFERENCES.md, Tools: $1$ was the usual hash of its time.</summary>
    [Fact]
    public async Task Authpasswd_without_a_method_makes_a_usual_hash()
    {
        ProgramResult c = await ProcessRunner.RunAsync(["/usr/sbin/authpasswd"], "password\n");
        ProgramResult ours = await ProcessRunner.RunAsync([OurDaemon.Binary, "authpasswd"], "password\n");

        Assert.Matches(@"^\$1\$.{5}\$.{22}\n$", c.Output);
        Assert.Matches(@"^\$y\$j9T\$.{22}\$.{43}\n$", ours.Output);
    }

    /// <summary>Difference `tool-help`: to the C tools it is a mistake, or a method's name.</summary>
    [Theory]
    [InlineData("authtest")]
    [InlineData("authenumerate")]
    [InlineData("authpasswd")]
    public async Task Help_is_an_answer_of_ours_only(string tool)
    {
        (ProgramResult c, _) = await RunAsync([$"/usr/sbin/{tool}", "--help"], ".\n", null, "password\n");
        (ProgramResult ours, _) = await RunAsync([OurDaemon.Binary, tool, "--help"], ".\n", null, "password\n");
        Assert.DoesNotContain("Usage:", c.Output, StringComparison.Ordinal);
        Assert.StartsWith($"Usage: {tool}", ours.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (ours.ExitCode, ours.Error));
    }

    /// <summary>Runs the C tool, then ours; each sends its request and reads the reply.</summary>
    private async Task AssertAlike(
        string reply, string[] command, IReadOnlyDictionary<string, string>? environment = null, string input = "")
    {
        (ProgramResult result, string[] requests) c =
            await RunAsync(["/usr/sbin/" + command[0], .. command[1..]], reply, environment, input);
        (ProgramResult result, string[] requests) ours =
            await RunAsync([OurDaemon.Binary, .. command], reply, environment, input);

        Assert.Equal(c.requests, ours.requests);
        Assert.Equal(c.result, ours.result);
    }

    private async Task<(ProgramResult Result, string[] Requests)> RunAsync(
        string[] command, string reply, IReadOnlyDictionary<string, string>? environment, string input)
    {
        string state = await _site.NewStateAsync();
        using FakeDaemon daemon = new([reply], socketPath: Path.Combine(state, "socket"));
        ProgramResult result = await ProcessRunner.RunAsync(_site.Inside(state, command), input, environment);
        return (result, [.. daemon.Requests]);
    }
}
