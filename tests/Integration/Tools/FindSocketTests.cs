// The tools ask authdaemonrc where the socket is: wrong or unreadable, they say so, and guess nothing.
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Tools;

public sealed class FindSocketTests : IAsyncLifetime
{
    private const string Rc = CourierSite.ConfigPath + "/authdaemonrc";
    private const string Unknown = "; until that is mended, nobody can tell where the daemon's socket is\n";

    /// <summary>Every tool that asks the daemon.</summary>
    private static readonly string[][] Tools = [["authtest", "john"], ["authtest", "john", "password"], ["authtest", "john", "old", "new"], ["authenumerate"]];

    private CourierSite _site = null!;
    private string _state = "";

    public async Task InitializeAsync()
    {
        _site = await DaemonSite.NewAsync(1);
        _state = await _site.NewStateAsync();
    }

    public Task DisposeAsync()
    {
        _site.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("authmodulelist=\"authuserdb\"\nauthdaemonvar=/elsewhere\ndaemons=5 6\n", ":3: ")]
    [InlineData("authdaemonvar=/elsewhere\nauthmodulelist=\"authuserdb\n", ":2: ")]
    [InlineData("authmodulelist=authuserdb\nauthdaemonvar=$(pwd)\n", ":2: ")]
    [InlineData("", ": the file is empty")]
    [InlineData("authdaemonvar=/elsewhere\n", ": authmodulelist is not set")]
    public async Task A_wrong_authdaemonrc_is_named_with_its_line(string text, string place)
    {
        // A daemon where the tools would have guessed it to be.
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, _state);
        _site.Write("authdaemonrc", text);
        foreach (string[] tool in Tools)
        {
            ProgramResult result = await RunAsync(tool);
            Assert.Equal(1, result.ExitCode);
            Assert.Equal("", result.Output);
            Assert.Contains($"{tool[0]}: {Rc}{place}", result.Error, StringComparison.Ordinal);
            Assert.EndsWith(Unknown, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("/socket", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_wrong_elsewhere_is_no_matter()
    {
        string elsewhere = await _site.NewStateAsync();
        _site.WriteAuthdaemonrc("authuserdb", 1, $"authdaemonvar={elsewhere}");
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, elsewhere);
        _site.Write("authdaemond.ini", "[limits\n");
        ProgramResult result = await RunAsync("authtest", DaemonSite.User);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("2001", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_read_authdaemonrc_hears_whose_it_is()
    {
        await ProcessRunner.RunOrThrowAsync(["chmod", "600", Path.Combine(_site.Config, "authdaemonrc")]);
        foreach (string[] tool in Tools)
        {
            ProgramResult result = await RunAsync(
                ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", OurDaemon.Binary, .. tool]);
            Assert.Equal(1, result.ExitCode);
            Assert.EndsWith(
                $"{tool[0]}: {Rc} says where the daemon's socket is, and cannot be read: you are (uid 54321), and {Rc} belongs to root:root, "
                + "mode 0600; run this as root\n",
                result.Error,
                StringComparison.Ordinal);
        }
    }

    private Task<ProgramResult> RunAsync(params string[] command) => ProcessRunner.RunAsync(
        _site.Inside(_state, command[0] == "setpriv" ? command : [OurDaemon.Binary, .. command]));
}
