// The owner of the state directory (in the packages, the mail system's user) attacks root, who starts the daemon there.
using Authd.Modules.PostfixRelay;
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Integration.Postfix;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

public sealed class StateDirectoryTests : IAsyncLifetime
{
    private readonly Victim _victim = new();
    private CourierSite _site = null!;
    private string _state = "";

    public async Task InitializeAsync()
    {
        _site = await DaemonSite.NewAsync(daemons: 1);
        _state = await _site.NewStateAsync();
        await Attacker.GiveAsync(_state);
    }

    public async Task DisposeAsync()
    {
        await AuthdaemondAsync("stop");
        _site.Dispose();
        _victim.Dispose();
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_new_socket_opens_no_file_to_everybody()
    {
        await using (await Attacker.StartLoopAsync(
            _state, "if (-S 'socket.tmp') { symlink $v, 'x'; rename 'x', 'socket.tmp' }", _victim.Path))
        {
            await StartAndStopAsync(times: 10);
        }

        _victim.AssertUntouched();
        await AssertStartsAsync();
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_pid_file_lets_no_file_be_overwritten()
    {
        await using (await Attacker.StartLoopAsync(_state, "symlink $v, 'pid'", _victim.Path))
        {
            await StartAndStopAsync(times: 10);
        }

        _victim.AssertUntouched();
        await AssertStartsAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_called_pid_lock_is_refused_and_nothing_is_made_through_it(bool dangling)
    {
        string path = Path.Combine(_state, "pid.lock");
        await Attacker.LinkAsync(dangling ? _victim.Missing : _victim.Path, path);
        ProgramResult start = await AuthdaemondAsync("start");
        Assert.NotEqual(0, start.ExitCode);
        Assert.Contains(
            $"{CourierSite.StatePath}/pid.lock: a symbolic link of uid 4242 in a directory of uid 4242, mode 0750: not followed",
            start.Error, StringComparison.Ordinal);
        Assert.Contains("pid.lock: a symbolic link of uid 4242", (await AuthdaemondAsync("status")).Error, StringComparison.Ordinal);
        _victim.AssertUntouched();

        await Attacker.RunAsync("rm", path);
        await AssertStartsAsync();
    }

    [Fact]
    public async Task A_pipe_called_pid_lock_is_refused_instead_of_waited_for()
    {
        await Attacker.RunAsync("mkfifo", Path.Combine(_state, "pid.lock"));
        ProgramResult start = await AuthdaemondAsync("start");
        Assert.NotEqual(0, start.ExitCode);
        Assert.Contains("no regular file, and uid 4242's: remove it", start.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_that_lie_there_are_replaced_and_modes_are_as_ever()
    {
        foreach (string name in (string[])["socket", "socket.tmp", "pid"])
        {
            await Attacker.LinkAsync(_victim.Path, Path.Combine(_state, name));
        }

        await AssertStartsAsync(umask: "0077");
        Assert.Equal("777 0 socket\n", await StatAsync("socket"));
        Assert.Equal("600 0 regular file\n", await StatAsync("pid"));
        _victim.AssertUntouched();
        await AuthdaemondAsync("stop");
        await AssertStartsAsync(umask: "0022");
        Assert.Equal("777 0 socket\n", await StatAsync("socket"));
        Assert.Equal("644 0 regular file\n", await StatAsync("pid"));
        Assert.Equal("600 0 regular empty file\n", await StatAsync("pid.lock"));
    }

    [Fact]
    public async Task Roots_own_link_to_the_directory_is_followed_where_only_root_can_make_it()
    {
        string real = _site.Scratch["elsewhere"];
        Directory.CreateDirectory(real);
        string link = _site.Scratch["run"];
        File.CreateSymbolicLink(link, real);
        _site.WriteAuthdaemonrc("authuserdb", 1, $"authdaemonvar={link}");
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, real);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Theory]
    [InlineData("relay.relay")]
    [InlineData("relay.relay.lock")]
    public async Task The_login_table_is_not_written_through_a_link(string name)
    {
        await Attacker.LinkAsync(_victim.Path, Path.Combine(_state, name));
        string table = $"socketmap:unix:{_site.Scratch["logins"]}:relay";
        _site.WriteAuthdaemonrc("authuserdb authpostfix", 1, $"LOGINDB=\"{table}\"");
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, _state);
        await RelaySite.LoginAsync(daemon, "192.0.2.1");
        await daemon.LogHasAsync($"{name}: a symbolic link of uid 4242");
        _victim.AssertUntouched();
    }

    [Fact]
    public async Task The_socket_for_Postfix_opens_no_file_to_everybody()
    {
        string directory = Directory.CreateDirectory(_site.Scratch["postfix"]).FullName;
        await Attacker.GiveAsync(directory, "0755");
        _site.WriteAuthdaemonrc("authuserdb authpostfix", 1, $"LOGINDB=\"socketmap:unix:{directory}/logins:relay\"");
        await using (await Attacker.StartLoopAsync(
            directory, "if (-S 'logins.tmp') { symlink $v, 'x'; rename 'x', 'logins.tmp' }", _victim.Path))
        {
            await StartAndStopAsync(times: 5);
        }

        _victim.AssertUntouched();
        await ProcessRunner.RunOrThrowAsync(["rm", "-f", Path.Combine(directory, "logins")]);
        await AssertStartsAsync(umask: "0077");
        await Eventually.IsTrueAsync(() => File.Exists(Path.Combine(directory, "logins")), "the socket for Postfix");
        // The workers run as the directory's owner.
        Assert.Equal(
            $"666 {Attacker.Uid} socket\n", await ProcessRunner.RunOrThrowAsync(["stat", "-c", "%a %u %F", Path.Combine(directory, "logins")]));
    }

    [Theory]
    [InlineData("lmdb")]
    [InlineData("sqlite")]
    public async Task Tables_of_other_programs_are_not_reached_through_a_link(string type)
    {
        string directory = Directory.CreateDirectory(_site.Scratch["tables"]).FullName;
        await Attacker.GiveAsync(directory, "0755");
        string database = Path.Combine(directory, "logins.lmdb");
        string map = _site.Scratch["logins.cf"];
        await File.WriteAllTextAsync(map, $"dbpath = {database}\nquery = SELECT t FROM relayed WHERE ip = '%s'\n");
        foreach (string target in (string[])[_victim.Missing, _victim.Path])
        {
            await Attacker.LinkAsync(target, database);
            using ILoginTable table = LoginTable.Open(type == "lmdb" ? $"lmdb:{directory}/logins" : $"sqlite:{map}", _state);
            Exception refused = Assert.ThrowsAny<Exception>(() => table.Record([new Login("192.0.2.1", 1)]));
            Assert.Contains("symbolic link of uid 4242", LoginTable.Explain(refused), StringComparison.Ordinal);
            _victim.AssertUntouched();
            File.Delete(database);
        }
    }

    private async Task StartAndStopAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            // An attacker may well keep a daemon from starting in the attacker's own directory.
            await AuthdaemondAsync("start");
            await AuthdaemondAsync("stop");
        }
    }

    private async Task AssertStartsAsync(string umask = "0022")
    {
        ProgramResult start = await ProcessRunner.RunAsync(_site.Inside(
            _state, ["sh", "-c", "umask $1 && exec \"$2\" start", "sh", umask, OurDaemon.Binary]));
        Assert.Equal(new ProgramResult(0, "", ""), start);
        RawReply reply = await RawClient.AskAsync(Path.Combine(_state, "socket"), DaemonSite.Lookup);
        Assert.StartsWith("UID=2001\n", reply.Text, StringComparison.Ordinal);
    }

    private Task<string> StatAsync(string name) =>
        ProcessRunner.RunOrThrowAsync(["stat", "-c", "%a %u %F", Path.Combine(_state, name)]);

    private Task<ProgramResult> AuthdaemondAsync(params string[] arguments) =>
        OurDaemon.RunAsync(_site, _state, arguments);
}
