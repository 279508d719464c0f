// Debian's authtest, authenumerate and the programs that make hashes, against both daemons.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Clients;

[Collection(ClientsGroup.Name)]
public class CourierToolsTests(ClientsPair fixture)
{
    /// <summary>Arguments of authtest, separated by "|".</summary>
    public static TheoryData<string> Authtest =>
    [
        "john@example.com", "john@example.com|password", "john@example.com|wrong", "-s|imap|john@example.com|password",
        "-simap|john@example.com", "-s|pop3|mary@example.com", "mary@example.com|password", "bare",
        "bare|password", "nosuch",
        "nosuch|password", "a b", "a b|password", "john@example.com|pass\nword", "john@example.com|wrong|new",
        "nosuch|wrong|new", "john@example.com|wrong|ne\u0001w", "", "|password", "john@example.com|",
        "noimap|password", "hidden",
    ];

    [Theory]
    [MemberData(nameof(Authtest))]
    public Task Authtest_prints_the_same(string arguments) => fixture.AssertSameAsync(["authtest", .. arguments.Split('|')]);

    [Fact]
    public async Task Authtest_is_answered()
    {
        ProgramResult result = await fixture.AssertSameAsync(["authtest", "john@example.com", "password"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            "     Authenticated: john@example.com  (uid 61234, gid 61234)\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authtest_completes_names_with_the_clients_default_domain()
    {
        Dictionary<string, string> environment = new() { ["DEFDOMAIN"] = "@example.com", ["TCPREMOTEIP"] = "192.0.2.3" };
        ProgramResult result = await fixture.AssertSameAsync(["authtest", "john", "password"], environment: environment);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-s")]
    [InlineData("-o")]
    [InlineData("-s|-o")]
    [InlineData("-x")]
    public Task Authenumerate_prints_the_same(string arguments) =>
        fixture.AssertSameAsync(["authenumerate", .. arguments.Split('|', StringSplitOptions.RemoveEmptyEntries)]);

    [Fact]
    public async Task Authenumerate_sees_the_end_of_the_list()
    {
        ProgramResult result = await fixture.AssertSameAsync(["authenumerate", "-o"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\nnoimap\t61234\t61234\t", "\n" + result.Output, StringComparison.Ordinal);
    }

    /// <summary>Hashes made by authpasswd and userdbpw are put into a userdb of their own and used.</summary>
    [Fact]
    public async Task Hashes_that_Debians_programs_make_are_accepted()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb");
        List<string> records = [];
        foreach (string method in (string[])["", "md5", "md5raw", "sha", "ssha", "sha256", "sha512"])
        {
            string hash = await ProcessRunner.RunOrThrowAsync(
                ["authpasswd", .. method.Split(' ', StringSplitOptions.RemoveEmptyEntries)], "päss\n");
            records.Add($"systempw={hash.TrimEnd()}");
        }

        foreach (string option in (string[])["-md5", "-hmac-md5"])
        {
            string hash = await ProcessRunner.RunOrThrowAsync(["userdbpw", option], "päss\n");
            records.Add($"{(option == "-md5" ? "systempw" : "hmac-md5pw")}={hash.TrimEnd()}");
        }

        await site.WriteUserdbAsync(string.Concat(records.Select((r, i) => $"u{i}\tuid=1|gid=1|home=/h|{r}\n")));
        await using Harness.DaemonPair pair = await Harness.DaemonPair.StartAsync(site);

        for (int i = 0; i < records.Count; i++)
        {
            string right = records[i].StartsWith("hmac", StringComparison.Ordinal)
                ? Requests.Cram("cram-md5", $"u{i}", "päss", "<1@h>")
                : Requests.Login($"u{i}", "päss");
            Assert.StartsWith("UID=1\n", await pair.AssertSameAsync(right), StringComparison.Ordinal);
            Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.Login($"u{i}", "wrong")));
        }
    }
}
