// What the conformance tests cannot compare: prompts on a terminal, and vchkpw2userdb, which Debian does not ship.
using Authd.Core.Passwords;
using Authd.Interop;
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
