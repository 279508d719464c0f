// The log of authpipe line by line beside the C daemon's.
using System.Text.RegularExpressions;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pipe;

public partial class PipeTranscriptTests
{
    private const string Last = "last-request";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_lines_are_the_same(int level)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpipe authcustom", 1, $"DEBUG_LOGIN={level}");
        AuthPrograms.Install(AuthPrograms.Misbehaving, Path.Combine(site.Config, "authProg"));
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        // The copy that ends is a new one: for one that has answered before, ours asks another (docs/DIFFERENCES.md).
        string unknown = Requests.Lookup("nosuch");
        foreach (string request in (string[])[Requests.Lookup("exit"), unknown, Requests.Login("nosuch", "x"), unknown])
        {
            await pair.AssertSameAsync(request);
        }

        Assert.Equal(await LinesAsync(pair.C), await LinesAsync(pair.Ours));
    }

    [Fact]
    public async Task A_missing_program_shows_when_the_daemon_starts()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpipe", 1, "DEBUG_LOGIN=1");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await pair.AssertSameAsync(Requests.Lookup("nosuch"));

        IReadOnlyList<string> lines = await LinesAsync(pair.Ours);
        Assert.Contains(
            "DEBUG: authpipe: disabled: failed to stat pipe program /etc/courier/authProg: No such file or directory", lines);
        Assert.Equal(await LinesAsync(pair.C), lines);
    }

    /// <summary>A daemon's debug lines, without process ids and descriptors. The C daemon's child logs its execution itself,
    /// sooner or later; and our program may already have ended where the C daemon has to wait for it.</summary>
    private static async Task<IReadOnlyList<string>> LinesAsync(IAuthDaemon daemon)
    {
        await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup(Last, selector: "nosuch"));
        await ((DaemonProcess)daemon).LogHasAsync(Last);
        return
        [
            .. daemon.LogLines
                .Where(line => line.StartsWith("DEBUG:", StringComparison.Ordinal))
                .TakeWhile(line => !line.Contains(Last, StringComparison.Ordinal))
                .Where(line => !line.Contains("executing ", StringComparison.Ordinal))
                .Where(line => !line.Contains("sleep 2 seconds", StringComparison.Ordinal))
                .Select(line => Number().Replace(line, "N")),
        ];
    }

    [GeneratedRegex(@"(?<=[ :(])\d+")]
    private static partial Regex Number();
}
