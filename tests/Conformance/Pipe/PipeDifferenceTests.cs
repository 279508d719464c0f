// The deliberate differences between authpipe and the C daemon's.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pipe;

public class PipeDifferenceTests
{
    /// <summary>authpipe without its program, in a list of accounts.</summary>
    public const string NoProgram = "pipe-no-program";

    /// <summary>A program's list with a number sign in it.</summary>
    public const string NumberSign = "pipe-number-sign";

    /// <summary>A program that answers twice.</summary>
    public const string Twice = "pipe-answers-twice";

    /// <summary>Names in docs/DIFFERENCES.md.</summary>
    public static IReadOnlyList<string> Ids { get; } = [NoProgram, NumberSign, Twice];

    /// <summary><see cref="NoProgram"/></summary>
    [Fact]
    public async Task A_missing_program_does_not_spoil_the_list()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpipe authuserdb");
        await site.WriteUserdbAsync("plain\tuid=1|gid=1|home=/h\n");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        Replies replies = await pair.AskAsync(Requests.Enumerate);

        Assert.Equal(Difference.Reply("# authpipe\n\n"), replies.C);
        Assert.Equal(Difference.Reply("# authuserdb\n\nplain\t1\t1\t/h\t\t\n.\n"), replies.Ours);
    }

    /// <summary><see cref="NumberSign"/></summary>
    [Fact]
    public async Task A_number_sign_in_a_listed_account_is_text()
    {
        using CourierSite site = new();
        Write(site, """ENUMERATE) printf 'a\t1\t1\t/h#1\nb#1\t1\t1\t/h\n.\n' ;;""");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        Replies replies = await pair.AskAsync(Requests.Enumerate);

        Assert.Equal(Difference.Reply("# authpipe\n\na\t1\t1\t/h\t\t\n.\n"), replies.C);
        Assert.Equal(Difference.Reply("# authpipe\n\na\t1\t1\t/h#1\t\t\nb#1\t1\t1\t/h\t\t\n.\n"), replies.Ours);
    }

    /// <summary><see cref="Twice"/></summary>
    [Fact]
    public async Task A_program_that_answers_twice_is_not_believed()
    {
        using CourierSite site = new();
        Write(site, """*) printf 'UID=1\nGID=1\nHOME=/h\n.\nUID=2\nGID=2\nHOME=/h\n.\n' ;;""");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        Replies replies = await pair.AskAsync(Requests.Lookup("x"));

        Assert.Equal(Difference.Reply("UID=1\nGID=1\nHOME=/h\n.\n"), replies.C);
        Assert.Equal(Difference.Nothing, replies.Ours);
    }

    private static void Write(CourierSite site, string answer)
    {
        site.WriteAuthdaemonrc("authpipe", 1);
        site.Write("authProg", $"#!/bin/sh\nwhile IFS= read -r line; do\ncase $line in\n{answer}\nesac\ndone\n");
        File.SetUnixFileMode(Path.Combine(site.Config, "authProg"), (UnixFileMode)Convert.ToInt32("755", 8));
    }
}
