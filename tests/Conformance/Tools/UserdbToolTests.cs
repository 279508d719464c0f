// userdb, makeuserdb, userdbpw and pw2userdb: Debian's and ours, the same input, output, exit code and files.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Tools;

public class UserdbToolTests
{
    public static TheoryData<string> Texts =>
    [
        "",
        "# nobody yet\n\n",
        "john@example.com\tuid=1000|gid=1000|home=/h|mail=M|systempw=$1$x$y|hmac-md5pw=00\n"
            + "mary\tuid=1|gid=1|home=/h",
        " #x\tuid=1\n#\ty\nnotab\nx\t\ny\tapw=1\nz\ta|b|pw|bpw=|c=dpw=1|=pw=2|e\n"
            + "\tnokey\n..\tuid=1\npw=1\ttext\n",
        "a\tx||y|\nb\t|x\nc\t|\nd\t|systempw=1||pop3pw=2|\ne\tx\ty\tpw=1\nf#\tx=1\ncr\tuid=1\r\n \t x\n",
        "m\u00fc\u00ff\u0001\tuid=1\nsp ace\tq=1 \n"
            + $"long\thome=/{new string('x', 70_000)}|systempw={new string('p', 9000)}\n",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Makeuserdb_of_a_file(string text)
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", text);
        Assert.Equal(new ProgramResult(0, "", ""), await pair.AssertSameAsync(["makeuserdb"]));

        // Again, over existing databases, with arguments that are ignored.
        await pair.AssertSameAsync(["makeuserdb", "surplus", "-x"]);
    }

    [Fact]
    public async Task Makeuserdb_of_a_directory()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb/example.com", "a\tuid=1|systempw=x\n");
        pair.Write("userdb/sub/deep/\u00e4", "b\tuid=2|systempw=x\n1=\n", "644");
        pair.Write("userdb/.hidden", "c\tuid=3\n");
        pair.Write("userdb/.git/x", "d\tuid=3\n");
        pair.Write("elsewhere", "e\tuid=3\n");
        pair.Both(config =>
        {
            File.CreateSymbolicLink(Path.Combine(config, "userdb/link"), "../elsewhere");
            File.SetUnixFileMode(Path.Combine(config, "userdb/sub"), (UnixFileMode)0b111_101_101);
        });

        await pair.AssertSameAsync(["makeuserdb"]);

        Assert.Contains(
            "b -> uid=2|_=sub/deep/\u00c3\u00a4/", UserdbToolPair.Records(Path.Combine(pair.Ours.Config, "userdb.dat")));
    }

    [Theory]
    [InlineData("file", 0)]
    [InlineData("./file", 0)]
    [InlineData("file/", 0)]
    [InlineData("nosuch", 2)]
    [InlineData("", 2)]
    [InlineData("open", 255)]
    [InlineData("link", 255)]
    [InlineData("dangling", 2)]
    public async Task Makeuserdb_of_a_file_by_name(string name, int code)
    {
        await using UserdbToolPair pair = new();
        pair.Write("file", "a\tuid=1|systempw=x\n");
        pair.Write("open", "a\tuid=1|systempw=x\n", "640");
        pair.Both(config =>
        {
            File.CreateSymbolicLink(Path.Combine(config, "link"), "file");
            File.CreateSymbolicLink(Path.Combine(config, "dangling"), "nothing");
        });

        ProgramResult result = await pair.AssertSameAsync(["makeuserdb", "-f", name]);

        Assert.Equal(code, result.ExitCode);
    }

    /// <summary>The C tool's exit code is then an arbitrary errno.</summary>
    [Theory]
    [InlineData("userdb.dat")]
    [InlineData("userdbshadow.dat")]
    public async Task Makeuserdb_does_not_follow_a_databases_link(string link)
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "a\tuid=1|systempw=x\n");
        pair.Both(config => File.CreateSymbolicLink(Path.Combine(config, link), "nothing"));

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["makeuserdb"]);

        Assert.Equal(c with { ExitCode = 255 }, ours);
        Assert.NotEqual(0, c.ExitCode);
        pair.AssertSameFiles();
    }

    [Fact]
    public async Task Makeuserdb_without_the_files_name_or_file()
    {
        await using UserdbToolPair pair = new();
        await pair.AssertSameAsync(["makeuserdb"]);
        await pair.AssertSameAsync(["makeuserdb", "-f"]);
    }

    /// <summary>One call after the other on the same files.</summary>
    [Fact]
    public async Task Userdb_edits_alike()
    {
        await using UserdbToolPair pair = new();
        await pair.AssertSameAsync(["userdb", "john", "set", "uid=1", "gid=2", "home=/h x", "a=", "b==c"]);
        await pair.AssertSameAsync(["userdb", "john", "set", "uid=5"]);
        await pair.AssertSameAsync(["userdb", "mary@example.com", "set", "x=1"]);
        await pair.AssertSameAsync(["userdb", "bare", "set"]);
        await pair.AssertSameAsync(["userdb", "bare", "set", "now=1"]);
        await pair.AssertSameAsync(
            ["userdb", "mary@example.com", "set", "systempw", "hmac-md5pw", "y=2"], "secret\nmore\nunread\n");
        await pair.AssertSameAsync(["userdb", "mary@example.com", "set", "systempw"], "cr\r\n");
        await pair.AssertSameAsync(["userdb", "mary@example.com", "set", "systempw"], "without end");
        await pair.AssertSameAsync(["userdb", "mary@example.com", "set", "systempw"], "\n");
        await pair.AssertSameAsync(["userdb", "mary@example.com", "set", "systempw", "z=1"], "");
        await pair.AssertSameAsync(["userdb", "-show"]);
        await pair.AssertSameAsync(["userdb", "-show", "bare"]);
        await pair.AssertSameAsync(["userdb", "-show", "nobody"]);
        await pair.AssertSameAsync(["userdb", "-show", "-f", "userdb", "bare", "surplus"]);
        await pair.AssertSameAsync(["userdb", "john", "unset", "uid", "nosuch"]);
        await pair.AssertSameAsync(["userdb", "nobody", "unset", "uid"]);
        await pair.AssertSameAsync(["userdb", "nobody", "del"]);
        await pair.AssertSameAsync(["userdb", "bare", "unset", "now"]);
        await pair.AssertSameAsync(["userdb", "john", "del"]);
        await pair.AssertSameAsync(["userdb", "-f", "other", "x|y", "set", "a=1"]);
        await pair.AssertSameAsync(["userdb", "-f", "/etc/courier/other", "-x", "set", "a=1"]);
        await pair.AssertSameAsync(["makeuserdb"]);
    }

    [Fact]
    public async Task Userdb_edits_the_first_of_several_lines_and_keeps_all_else()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "# john\tx\n\njohn\tuid=1\njohn\tuid=2\nnotab\n#x\ty=1\nlast\tuid=1", "640");
        await pair.AssertSameAsync(["userdb", "john", "set", "uid=3"]);
        await pair.AssertSameAsync(["userdb", "-show"]);
        await pair.AssertSameAsync(["userdb", "-show", "notab"]);
        await pair.AssertSameAsync(["userdb", "-show", "#x"]);
        await pair.AssertSameAsync(["userdb", "john", "del"]);
        await pair.AssertSameAsync(["userdb", "last", "set", "z=1"]);
        await pair.AssertSameAsync(["userdb", "notab", "set", "z=1"]);
    }

    [Fact]
    public async Task Userdb_shows_records_as_they_are_written()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "n\ta=1|b=2|||c=3||\nm\t|a\no\t\n\u00ff\u0001\tx\n");
        foreach (string[] more in (string[][])[[], ["n"], ["m"], ["o"], ["\u00ff\u0001"], ["n", "m"]])
        {
            await pair.AssertSameAsync(["userdb", "-show", "-f", "userdb", .. more]);
        }
    }

    [Fact]
    public async Task Userdb_edits_files_of_a_directory()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb/dom", "john\tuid=1\n", "666");
        pair.Write("userdb/sub/dom", "john\tuid=2\n");
        await pair.AssertSameAsync(["userdb", "dom/john", "set", "uid=3"]);
        await pair.AssertSameAsync(["userdb", "sub/dom/john", "set", "uid=4"]);
        await pair.AssertSameAsync(["userdb", "./dom/mary", "set", "uid=5"]);
        await pair.AssertSameAsync(["userdb", "sub/new/mary", "set", "uid=6"]);
        await pair.AssertSameAsync(["userdb", "-show", "sub/dom/john"]);
    }

    [Theory]
    [InlineData]
    [InlineData("-f")]
    [InlineData("-f", "f")]
    [InlineData("-f", "f", "john")]
    [InlineData("-f", "f", "john", "SET", "a=1")]
    [InlineData("-f", "f", "john", "del", "x")]
    [InlineData("-f", "f", "", "set", "a=1")]
    [InlineData("-f", "f", "-show")]
    [InlineData("-show", "-f")]
    [InlineData("john")]
    [InlineData("-x")]
    [InlineData("dom/", "set", "a=1")]
    [InlineData("john", "set", "a|b=c")]
    [InlineData("john", "set", "a=b|c")]
    [InlineData("john", "set", "a=\nb")]
    [InlineData("john", "unset", "a|b")]
    public async Task Userdb_refuses_alike(params string[] arguments)
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "");
        ProgramResult result = await pair.AssertSameAsync(["userdb", .. arguments]);
        Assert.NotEqual(0, result.ExitCode);
    }

    [Theory]
    [InlineData("userdb", "john", "set", "a=1")]
    [InlineData("userdb", "sub/john", "set", "a=1")]
    [InlineData("userdb", "-f", "dom", "john", "set", "a=1")]
    [InlineData("userdb", "-show")]
    [InlineData("userdb", "-show", "-f", "dom")]
    public async Task Userdb_wants_a_file(params string[] command)
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb/sub/x", "");
        pair.Write("dom/x", "");

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(command);

        Assert.Equal(c, ours);
        Assert.Equal(25, ours.ExitCode);
    }

    [Fact]
    public async Task Userdb_that_is_a_symbolic_link()
    {
        await using UserdbToolPair pair = new();
        pair.Write("real/dom", "john\ta=1\n");
        pair.Both(config => File.CreateSymbolicLink(Path.Combine(config, "userdb"), "real"));
        await pair.AssertSameAsync(["userdb", "dom/john", "set", "a=2"]);
        await pair.AssertSameAsync(["userdb", "-show", "dom/john"]);
        await pair.AssertSameAsync(["makeuserdb"]);
    }

    [Theory]
    [InlineData(20, "file/sub/john", "set", "a=1")]
    [InlineData(2, "-f", "nosuch/file", "john", "set", "a=1")]
    public async Task Userdb_ends_with_the_errno_of_what_it_cannot_open(int errno, params string[] arguments)
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb/file", "");

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["userdb", .. arguments]);

        Assert.Equal((errno, errno), (c.ExitCode, ours.ExitCode));
        string reason = c.Error[..c.Error.IndexOf(" at /usr", StringComparison.Ordinal)];
        Assert.Equal($"userdb: {reason}\n", ours.Error);
    }

    [Theory]
    [InlineData("pw\n", "-hmac-md5")]
    [InlineData("pw\nmore\n", "-hmac-sha1")]
    [InlineData("pw", "-hmac-sha256")]
    [InlineData("\n", "-hmac-md5")]
    [InlineData("p\u00e4\r\n", "-hmac-md5", "-md5")]
    [InlineData("p\0w\n", "-md5", "-hmac-md5", "-hmac-sha1")]
    [InlineData("", "-hmac-md5")]
    [InlineData("", "-md5")]
    [InlineData("")]
    [InlineData("pw\n", "-x")]
    [InlineData("pw\n", "-md5", "x")]
    [InlineData("pw\n", "-hmac-sha512")]
    [InlineData("pw\n", "-hmac-")]
    public async Task Userdbpw_prints_alike(string input, params string[] arguments)
    {
        await using UserdbToolPair pair = new();
        await pair.AssertSameAsync(["userdbpw", .. arguments], input);
    }

    [Fact]
    public async Task Userdbpw_reads_as_many_bytes()
    {
        await using UserdbToolPair pair = new();
        await pair.AssertSameAsync(["userdbpw", "-hmac-md5"], new string('x', 8190) + "yz\n");
    }

    private const string Passwd =
        "root:x:0:0:root:/root:/bin/bash\n# comment\n#c:x:1:1::/:/bin/sh\nnosh:*:5:5:A|B,c,d:/h:\n"
        + "hash:$1$abc$def:8:8:=x:/h8:/bin/x\nu:x:10:10:g:/h:/s:extra:more\nnox:x:11:11:G  G :/h:/s\n-a:x:12:12:::\n"
        + " sp:x:15:15:::\nj\u00fcrgen:x:16:16:\u00c3\u00a4:/h:\nlast:x:17:17:::/s";

    private const string Shadow =
        "root:$6$xx:1:2:3\nnosh:!:\n# c:1\nhash:$6$other:\nnox::\nu:*:\nonlyshadow:zz:\n";

    [Theory]
    [InlineData("--passwd=pw", "--shadow=sh")]
    [InlineData("--passwd=pw", "--shadow=sh", "--nouid", "--domain=ex.com")]
    [InlineData("--passwd=pw", "--noshadow")]
    [InlineData("--passwd", "pw", "-nosh", "--NOU", "surplus")]
    [InlineData("--passwd=pw", "--shadow=nosuch")]
    [InlineData("--bad")]
    [InlineData("--help", "--passwd=pw")]
    [InlineData("--passwd=pw", "--no")]
    [InlineData("--passwd=pw", "--domain=")]
    [InlineData("--passwd")]
    [InlineData("--noshadow=1", "--passwd=pw")]
    public async Task Pw2userdb_prints_the_same_lines(params string[] arguments)
    {
        await using UserdbToolPair pair = new();
        pair.Write("pw", Passwd);
        pair.Write("sh", Shadow);

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["pw2userdb", .. arguments]);

        Assert.Equal(c with { Output = Sorted(c.Output) }, ours with { Output = Sorted(ours.Output) });
    }

    [Fact]
    public async Task Pw2userdb_of_this_system()
    {
        await using UserdbToolPair pair = new();

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["pw2userdb"]);

        Assert.Equal(0, ours.ExitCode);
        Assert.Equal(Sorted(c.Output), Sorted(ours.Output));
        Assert.StartsWith("root\tuid=0|gid=0|home=/root|", ours.Output, StringComparison.Ordinal);
    }

    private static string Sorted(string text) => string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal));
}
