// authdaemond check and start: who beside root could write to what root reads.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class ConfigurationWritersTests : IAsyncLifetime
{
    private const string Etc = CourierSite.ConfigPath;
    private const string ByRoot = ", and could become root that way, because the daemon does as root what its configuration says; ";

    private CourierSite _site = null!;
    private string _state = "";

    public async Task InitializeAsync()
    {
        _site = await DaemonSite.NewAsync(1);
        _state = await _site.NewStateAsync();
        _site.WriteAuthdaemonrc("authuserdb authpipe", 1);
        _site.Write("authpiperc", "PIPE_PROGRAM /bin/false\n");
        await ProcessRunner.RunOrThrowAsync(["mkdir", _site.Scratch["theirs"]]);
    }

    public Task DisposeAsync()
    {
        _site.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("chown courier authdaemonrc", $"{Etc}/authdaemonrc: its owner courier can write to it{ByRoot}chown root {Etc}/authdaemonrc")]
    [InlineData("chown nobody authdaemond.ini", $"{Etc}/authdaemond.ini: its owner nobody can write to it{ByRoot}chown root {Etc}/authdaemond.ini")]
    [InlineData("chown 54321 authdaemonrc", $"{Etc}/authdaemonrc: its owner uid 54321 can write to it{ByRoot}chown root {Etc}/authdaemonrc")]
    [InlineData("chgrp courier authdaemonrc && chmod g+w authdaemonrc",
        $"{Etc}/authdaemonrc: the mail system's user courier can write to it{ByRoot}chmod g-w {Etc}/authdaemonrc")]
    [InlineData("chmod o+w authdaemonrc", $"{Etc}/authdaemonrc: everybody can write to it{ByRoot}chmod o-w {Etc}/authdaemonrc")]
    [InlineData("chown courier .", $"{Etc}: its owner courier can put other files there{ByRoot}chown root {Etc}")]
    [InlineData("chgrp courier . && chmod g+w .", $"{Etc}: the mail system's user courier can put other files there{ByRoot}chmod g-w {Etc}")]
    [InlineData("chmod 1777 .", $"{Etc}: everybody can put other files there{ByRoot}chmod o-w {Etc}")]
    [InlineData("mv authdaemonrc \"$1\"; ln -s \"$1\"/authdaemonrc .; chown courier \"$1\"",
        $"THEIRS: its owner courier can put other files there{ByRoot}chown root THEIRS")]
    public async Task Each_way_to_write_is_a_warning(string change, string finding)
    {
        await ChangeAsync(change);
        ProgramResult result = await OurDaemon.RunAsync(_site, _state, "check");
        Assert.Equal(0, result.ExitCode);
        string line = $"WARN {finding.Replace("THEIRS", _site.Scratch["theirs"], StringComparison.Ordinal)}";
        Assert.Single(result.Output.TrimEnd().Split('\n'), text => text.Contains(ByRoot, StringComparison.Ordinal));
        Assert.Contains(line + "\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chgrp courier . authdaemonrc")]
    [InlineData("chgrp adm authdaemonrc; chmod g+w authdaemonrc")]
    [InlineData("chown courier userdb.dat")]
    [InlineData("touch authmysqlrc; chown courier authmysqlrc")]
    [InlineData("mv authdaemonrc \"$1\"; ln -s \"$1\"/authdaemonrc .; chown -h courier authdaemonrc")]
    [InlineData("mv authdaemonrc \"$1\"; ln -s \"$1\"/authdaemonrc .; chmod 1777 \"$1\"")]
    public async Task Nothing_is_said_where_only_root_and_its_groups_can_write(string change)
    {
        await ChangeAsync(change);
        ProgramResult result = await OurDaemon.RunAsync(_site, _state, "check");
        Assert.DoesNotContain(ByRoot, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_above_counts()
    {
        string above = _site.Scratch["above"];
        await ProcessRunner.RunOrThrowAsync(["sh", "-c", "mkdir \"$2\"; cp -a \"$1\" \"$2/etc\"; chmod o+w \"$2\"", "sh", _site.Config, above]);
        ProgramResult result = await OurDaemon.RunAsync(_site, _state, "--config-dir", above + "/etc", "check");
        Assert.Contains($"WARN {above}: everybody can put other files there{ByRoot}chmod o-w {above}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_start_says_it_as_well()
    {
        await ChangeAsync("chown courier authdaemonrc");
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, _state);
        await daemon.LogHasAsync($"WARN: {Etc}/authdaemonrc: its owner courier can write to it{ByRoot}chown root {Etc}/authdaemonrc");
    }

    private async Task ChangeAsync(string change) => await ProcessRunner.RunOrThrowAsync(
        ["sh", "-ec", $"cd \"$0\"; {change}", _site.Config, _site.Scratch["theirs"]]);
}
