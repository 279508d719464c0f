// The cases that conformance tests cannot compare: prompts on a terminal, and vchkpw2userdb, which Debian does not ship.
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Crypt;
using Authd.Linux.Files;
using Authd.Tests.Support;
using Authd.Tools.Userdb;
using Xunit;

namespace Authd.Tests.Unit.Tools.Userdb;

public sealed class UserdbToolTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Userdb_asks_on_a_terminal_and_hides_passwords()
    {
        string file = _scratch["f"];
        ToolRun run = ToolRun.Of(
            e => UserdbEdit.Run(["-f", file, "john", "set", "systempw", "home", "uid=1"], e, _scratch.Path),
            input: "secret\n/h\n", terminal: true);

        Assert.Equal(new ToolRun(0, "john.systempw: \njohn.home: ", ""), run);
        Assert.Equal("john\tsystempw=secret|home=/h|uid=1\n", File.ReadAllText(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    private const string Mistakes =
        "john\tuid=1|gid=1|home=/h|systempw=x\nmary uid=1|gid=1|home=/h\nbare\n# comment\n\nbob\tgid=1|systempw=geheim\n"
        + "win\tuid=1|gid=1|home=/h\r\n1=\tjohn\nann\thome=/h|uid=1|gid=1\n";

    [Theory]
    [InlineData("-v")]
    [InlineData("--verbose")]
    public void Makeuserdb_names_lines_that_are_no_use(string option)
    {
        string file = Write(Mistakes);
        ToolRun run = ToolRun.Of(e => MakeUserdb.Run(["-f", file, option], e, _scratch.Path));

        Assert.Equal(
            new ToolRun(
                0,
                "",
                $"makeuserdb: {file}:2: a blank in place of the TAB between name and fields\n"
                + $"makeuserdb: {file}:3: a name without a TAB and fields is no account\n"
                + $"makeuserdb: {file}:6: bob: no uid, no home; nobody can log in\n"
                + $"makeuserdb: {file}:7: the line ends in CR LF, and the CR belongs to its last field; convert the file, e.g. with dos2unix\n"
                + "makeuserdb: 2 accounts, 4 lines that are no use\n"),
            run);
        Assert.True(File.Exists(file + ".dat"));
    }

    [Fact]
    public void Makeuserdb_is_silent_unless_somebody_looks()
    {
        string file = Write(Mistakes);
        Assert.Equal(new ToolRun(0, "", ""), ToolRun.Of(e => MakeUserdb.Run(["-f", file], e, _scratch.Path)));
        Assert.EndsWith(
            "makeuserdb: 2 accounts, 4 lines that are no use\n",
            ToolRun.Of(e => MakeUserdb.Run(["-f", file], e with { ErrorIsTerminal = true }, _scratch.Path)).Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("john\tuid=1|gid=1|home=/h\n", 0, "1 account\n")]
    [InlineData("\u00ef\u00bb\u00bfjohn\tuid=1|gid=1|home=/h\n", 1,
        "the file begins with a byte order mark (BOM), which belongs to the first line; save it as UTF-8 without BOM\n"
        + "makeuserdb: 0 accounts, 1 line that is no use\n")]
    public void Makeuserdb_can_check_and_make_nothing(string text, int code, string end)
    {
        string file = Write(text);
        ToolRun run = ToolRun.Of(e => MakeUserdb.Run(["-n", "-f", file], e, _scratch.Path));

        Assert.Equal(code, run.Code);
        Assert.EndsWith(end, run.Error, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(_scratch.Path));
    }

    [Fact]
    public void Makeuserdb_finds_names_that_occur_twice_when_it_only_checks()
    {
        string file = Write("john\tuid=1|gid=1|home=/h\njohn\tuid=2|gid=2|home=/h\n");
        Assert.NotEqual(0, ToolRun.Of(e => MakeUserdb.Run(["-f", file, "-n"], e, _scratch.Path)).Code);
    }

    private string Write(string text)
    {
        string file = _scratch["u"];
        File.WriteAllBytes(file, Authd.Core.WireText.ToBytes(text));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    [Fact]
    public void Userdb_takes_no_value_that_cannot_be_stored()
    {
        ToolRun run = ToolRun.Of(
            e => UserdbEdit.Run(["-f", _scratch["f"], "john", "set", "home"], e, _scratch.Path), input: "a|b\n");

        Assert.Equal(new ToolRun(22, "", "Invalid value.\n"), run);
        Assert.False(File.Exists(_scratch["f"]));
    }

    [Fact]
    public void Userdbpw_asks_twice_on_a_terminal()
    {
        ToolRun run = ToolRun.Of(
            e => UserdbPw.Run(["-hmac-md5"], e, new SystemCrypt()), input: "a\nb\npw\npw\n", terminal: true);

        Assert.Equal(HmacKey.FromPassword(CramHash.Md5, "pw") + "\n", run.Output);
        Assert.Equal(
            "Password: \nReenter password: \nPasswords don't match.\n\nPassword: \nReenter password: \n", run.Error);
    }

    [Theory]
    [InlineData(@"^\$6\$[^$]+\$[./0-9A-Za-z]{86}\n$")]
    [InlineData(@"^\$1\$[./0-9A-Za-z]{8}\$[./0-9A-Za-z]{22}\n$", "-md5")]
    public void Userdbpw_hashes(string pattern, params string[] arguments) =>
        Assert.Matches(pattern, ToolRun.Of(e => UserdbPw.Run(arguments, e, new SystemCrypt()), input: "pw\n").Output);

    [Fact]
    public void Userdbpw_says_when_crypt_refuses()
    {
        ToolRun run = ToolRun.Of(e => UserdbPw.Run(["-md5"], e, new SystemCrypt()), input: new string('x', 600) + "\n");
        Assert.Equal(new ToolRun(1, "", "userdbpw: the system's crypt() does not take this password\n"), run);
    }

    [Fact]
    public void Pw2userdb_without_a_vpopmail_user() => Assert.Equal(
        new ToolRun(1, "", "pw2userdb: no user vpopmail in /etc/passwd\n"),
        ToolRun.Of(e => Pw2Userdb.Run(["--vpopuid"], e)));

    [Fact]
    public void Vchkpw2userdb_prints_all_domains()
    {
        FillVpopmail();
        ToolRun run = ToolRun.Of(e => Vchkpw2Userdb.Run([$"--vpopmailhome={_scratch.Path}"], e));

        string keys = string.Concat(CramHashes.All.Select(h => $"|hmac-{h.Name()}pw={HmacKey.FromPassword(h, "clear")}"));
        string odd = string.Concat(CramHashes.All.Select(h => $"|hmac-{h.Name()}pw={HmacKey.FromPassword(h, "od:d")}"));
        FileOwner owner = FileOwner.Of(_scratch.Path)!.Value;
        string ids = $"uid={owner.Uid}|gid={owner.Gid}";
        Assert.Equal(
            $"local\t{ids}|home=/v/local|systempw=$1$a|gecos=local\n"
            + $"deflt\t{ids}|home=/v/deflt|systempw=$1$b\n"
            + $"john@example.com\t{ids}|home=/v/john|quota=10485760S,1000C|systempw=$1$c{keys}|gecos=John.Q\n"
            + $"mary@example.com\t{ids}|home=/v/mary|quota=5000S|systempw=$1$d{odd}|options=disableimap=1,disablepop3=1,disablewebmail=1\n"
            + $"deep@example.org\t{ids}|home=/v/deep|systempw=$1$e\n",
            run.Output);
        string left = Path.Combine(_scratch.Path, "domains/default/vpasswd");
        Assert.Equal((0, $"vchkpw2userdb: local of {left} left out: there is one already\n"), (run.Code, run.Error));
    }

    [Fact]
    public void Vchkpw2userdb_writes_a_userdb_directory()
    {
        FillVpopmail();
        string directory = _scratch["userdb/vpopmail"];

        ToolRun run = ToolRun.Of(e => Vchkpw2Userdb.Run(["--vpopmailhome", _scratch.Path, $"--todir={directory}"], e));

        Assert.Equal((0, ""), (run.Code, run.Output));
        Assert.Equal(
            ["default", "example.com", "example.org", "users"],
            Directory.GetFileSystemEntries(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        File.SetUnixFileMode(_scratch["userdb"], (UnixFileMode)0b111_000_000);
        Assert.Equal(new ToolRun(0, "", ""), ToolRun.Of(e => MakeUserdb.Run([], e, _scratch.Path)));
    }

    [Theory]
    [InlineData(255, "Unknown option: x\nInvalid options.\n", "--x")]
    [InlineData(1, "vchkpw2userdb: no user vpopmail in /etc/passwd: use --vpopmailhome\n")]
    [InlineData(1, "vchkpw2userdb: /nonexistent: not found.\n", "--vpopmailhome=/nonexistent")]
    public void Vchkpw2userdb_refuses(int code, string error, params string[] arguments) =>
        Assert.Equal(new ToolRun(code, "", error), ToolRun.Of(e => Vchkpw2Userdb.Run(arguments, e)));

    private void FillVpopmail()
    {
        Write("users", "local:$1$a:1:0:local:/v/local:NOQUOTA\n");
        Write("domains/default", "local:$1$x:1:0:local:/v/x:NOQUOTA\ndeflt:$1$b:1:0::/v/deflt:NOQUOTA\n");
        Write("domains/example.com",
            "john:$1$c:1:0:John|Q:/v/john:10485760S,1000C:clear\nmary:$1$d:1:14::/v/mary:5000:od:d\n# comment\n");
        Write("domains/0/example.org", "deep:$1$e:1:0::/v/deep:NOQUOTA\n");
    }

    private void Write(string folder, string text) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(_scratch[folder]).FullName, "vpasswd"), text);
}
