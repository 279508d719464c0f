// userdb in a directory that others may write to: its owner attacks makeuserdb, userdb and the daemon.
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

public sealed class UserdbDirectoryTests : IAsyncLifetime
{
    private readonly Victim _victim = new();
    private CourierSite _site = null!;
    private string _state = "";

    public async Task InitializeAsync()
    {
        _site = await DaemonSite.NewAsync(daemons: 1);
        _state = await _site.NewStateAsync();
        await Attacker.GiveAsync(_site.Config, "0755");
    }

    public Task DisposeAsync()
    {
        _site.Dispose();
        _victim.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("userdb.lock", "makeuserdb")]
    [InlineData(".lock.userdb", "userdb", "john@example.com", "set", "home=/x")]
    public async Task Locks_are_not_made_or_opened_through_links(string name, params string[] command)
    {
        string path = Path.Combine(_site.Config, name);
        File.Delete(path);
        foreach (string target in (string[])[_victim.Missing, _victim.Path])
        {
            await Attacker.LinkAsync(target, path);
            ProgramResult result = await OurDaemon.RunAsync(_site, _state, command);
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains($"{name}: a symbolic link of uid 4242", result.Error, StringComparison.Ordinal);
            _victim.AssertUntouched();
            File.Delete(path);
        }

        Assert.Equal(new ProgramResult(0, "", ""), await OurDaemon.RunAsync(_site, _state, command));
    }

    [Theory]
    [InlineData("userdb.tmp", "makeuserdb")]
    [InlineData("userdbshadow.tmp", "makeuserdb")]
    [InlineData(".tmp.userdb", "userdb", "john@example.com", "set", "home=/x")]
    public async Task Temporary_files_replace_links(string name, params string[] command)
    {
        await Attacker.LinkAsync(_victim.Path, Path.Combine(_site.Config, name));
        Assert.Equal(new ProgramResult(0, "", ""), await OurDaemon.RunAsync(_site, _state, command));
        _victim.AssertUntouched();
    }

    [Fact]
    public async Task A_text_below_a_directory_is_not_read_through_a_link()
    {
        string userdb = Path.Combine(_site.Config, "userdb");
        File.Delete(userdb);
        Directory.CreateDirectory(userdb);
        await Attacker.GiveAsync(userdb, "0700");
        await Attacker.LinkAsync(_victim.Path, Path.Combine(userdb, "more"));
        ProgramResult result = await OurDaemon.RunAsync(_site, _state, "makeuserdb");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("more: a symbolic link of uid 4242", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_daemon_reads_databases_through_roots_links_only()
    {
        string database = Path.Combine(_site.Config, "userdb.dat");
        string real = _site.Scratch["real.dat"];
        File.Move(database, real);
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, _state);
        await Attacker.LinkAsync(real, database);
        Assert.Equal("", (await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup)).Text);
        await daemon.LogHasAsync("userdb.dat: a symbolic link of uid 4242 in a directory of uid 4242, mode 0755: not followed");

        // The administrator's own link, in a directory where others cannot make one.
        File.Delete(database);
        await ProcessRunner.RunOrThrowAsync(["chown", "root", _site.Config]);
        File.CreateSymbolicLink(database, real);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }
}
