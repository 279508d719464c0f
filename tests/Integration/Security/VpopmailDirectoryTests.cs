// The owner of a vpopmail domain's directory attacks the daemon, which works there as root.
using Authd.Linux.Files;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

public sealed class VpopmailDirectoryTests : IAsyncLifetime
{
    private const string Domain = "example.com";
    private const string Hash = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";

    private readonly Victim _victim = new();
    private readonly CourierSite _site = new();
    private string _domain = "";
    private OurDaemon _daemon = null!;

    private string Vpasswd => Path.Combine(_domain, "vpasswd");

    private string LockFile => Path.Combine(_domain, ".vpasswd.lock");

    public async Task InitializeAsync()
    {
        string home = _site.Scratch["vpopmail"];
        string users = Directory.CreateDirectory(_site.Scratch["users"]).FullName;
        _domain = Directory.CreateDirectory(Path.Combine(home, "domains", Domain)).FullName;
        await File.WriteAllTextAsync(Path.Combine(users, "assign"), $"+{Domain}-:{Domain}:89:90:{_domain}:-::\n.\n");
        await File.WriteAllTextAsync(Vpasswd, $"john:{Hash}:1:0:John:/j:NOQUOTA\n");
        await Attacker.GiveAsync(_domain, "0700");
        await Attacker.GiveAsync(Vpasswd, "0600");
        _site.WriteAuthdaemonrc("authvchkpw", 1);
        _site.Write("authdaemond.ini", $"[vchkpw]\nhome = {home}\nusers = {users}\n");
        _daemon = await OurDaemon.StartAsync(_site);
    }

    public async Task DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _site.Dispose();
        _victim.Dispose();
    }

    [Fact]
    public async Task A_password_change_hands_over_no_file_that_a_link_in_the_locks_place_names()
    {
        await using (await Attacker.StartLoopAsync(
            _domain, "symlink $v, '.vpasswd.lock'; unlink '.vpasswd.lock'", _victim.Path))
        {
            for (int i = 0; i < 60; i++)
            {
                // It is refused or not depending on the attacker's luck.
                await ChangeAsync("password", "password");
            }
        }

        _victim.AssertUntouched();
        File.Delete(LockFile);
        Assert.Equal("OK\n", await ChangeAsync("password", "another"));
        Assert.Equal((uint)Attacker.Uid, FileOwner.Of(LockFile)?.Uid);
        Assert.Equal((uint)Attacker.Uid, FileOwner.Of(Vpasswd)?.Uid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_in_the_locks_place_is_refused_and_nothing_is_made_through_it(bool dangling)
    {
        await Attacker.LinkAsync(dangling ? _victim.Missing : _victim.Path, LockFile);
        Assert.NotEqual("OK\n", await ChangeAsync("password", "another"));
        await _daemon.LogHasAsync($"{LockFile}: a symbolic link of uid 4242 in a directory of uid 4242, mode 0700: not followed");
        _victim.AssertUntouched();
        Assert.StartsWith("UID=89\n", await LookUpAsync("john"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vpasswd")]
    [InlineData("vpasswd.cdb")]
    public async Task A_file_of_roots_is_not_read_through_a_link(string name)
    {
        string path = Path.Combine(_domain, name);
        File.Delete(path);
        await Attacker.LinkAsync(_victim.Path, path);
        Assert.Equal("", await LookUpAsync("root"));
        await _daemon.LogHasAsync($"{path}: a symbolic link of uid 4242");
        Assert.DoesNotContain("root", await EnumerateAsync(), StringComparison.Ordinal);
        Assert.NotEqual("OK\n", await ChangeAsync("password", "another", "root"));
        _victim.AssertUntouched();
    }

    [Fact]
    public async Task The_directory_itself_in_the_place_of_another_is_not_entered()
    {
        string parent = Path.GetDirectoryName(_domain)!;
        await Attacker.GiveAsync(parent, "0755");
        string secret = Directory.CreateDirectory(_site.Scratch["secret"]).FullName;
        File.Copy(_victim.Path, Path.Combine(secret, "vpasswd"));
        await Attacker.RunAsync("mv", _domain, _domain + ".old");
        await Attacker.LinkAsync(secret, _domain);
        Assert.Equal("", await LookUpAsync("root"));
        await _daemon.LogHasAsync($"{_domain} is a symbolic link of uid 4242");
    }

    [Fact]
    public async Task A_file_that_belongs_to_a_stranger_is_refused()
    {
        await ProcessRunner.RunOrThrowAsync(["chown", "4243", Vpasswd]);
        Assert.Equal("", await LookUpAsync("john"));
        await _daemon.LogHasAsync(
            $"{Vpasswd}: belongs to uid 4243, neither the domain's owner (89) nor root nor vpopmail: not used");
        await ProcessRunner.RunOrThrowAsync(["chown", "89", Vpasswd]);
        Assert.StartsWith("UID=89\n", await LookUpAsync("john"), StringComparison.Ordinal);
        await ProcessRunner.RunOrThrowAsync(["chown", "root", Vpasswd]);
        Assert.StartsWith("UID=89\n", await LookUpAsync("john"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hard_link_to_a_file_of_roots_is_refused()
    {
        File.Delete(Vpasswd);
        string other = _site.Scratch["other"];
        File.Copy(_victim.Path, other);
        await ProcessRunner.RunOrThrowAsync(["ln", other, Vpasswd]); // as an attacker could where protected_hardlinks is 0
        Assert.Equal("", await LookUpAsync("root"));
        await _daemon.LogHasAsync($"{Vpasswd}: has other names as well, and is uid 0's in a directory of uid 4242");
    }

    [Fact]
    public async Task Holes_and_pipes_in_the_files_places_cost_an_error()
    {
        await File.WriteAllTextAsync(Vpasswd, "");
        await ProcessRunner.RunOrThrowAsync(["truncate", "-s", "200G", Vpasswd]);
        Assert.Equal("", await LookUpAsync("john"));
        await _daemon.LogHasAsync($"{Vpasswd}: damaged: an endless line");
        File.Delete(Vpasswd);
        await Attacker.RunAsync("mkfifo", Vpasswd);
        Assert.Equal("", await LookUpAsync("john"));
        await _daemon.LogHasAsync($"{Vpasswd}: no regular file, and uid 4242's: remove it");
    }

    private async Task<string> LookUpAsync(string user) =>
        (await RawClient.AskAsync(_daemon.SocketPath, Requests.Lookup($"{user}@{Domain}"))).Text;

    private async Task<string> EnumerateAsync() => (await RawClient.AskAsync(_daemon.SocketPath, Requests.Enumerate)).Text;

    private async Task<string> ChangeAsync(string old, string next, string user = "john") =>
        (await RawClient.AskAsync(_daemon.SocketPath, Requests.ChangePassword($"{user}@{Domain}", old, next))).Text;
}
