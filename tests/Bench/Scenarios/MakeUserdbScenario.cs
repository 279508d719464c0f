// The duration of makeuserdb: Debian's Perl script and our program on the same text.
using System.Diagnostics;
using System.Globalization;
using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>The time from start to end of the program, with both databases written.</summary>
internal sealed class MakeUserdbScenario(int accounts) : Scenario(Text($"makeuserdb-{accounts}"))
{
    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics { get; } =
        [new(Section.Tools, Text($"makeuserdb, {accounts:N0} accounts"), "s", Target.RatioAtMost(0.5))];

    /// <inheritdoc/>
    internal override int Rounds(Effort effort) => Math.Min(effort.Rounds, 3);

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        using CourierSite site = new();
        site.Write("userdb", string.Concat(Enumerable.Range(1, accounts).Select(number => Text(
            $"user{number}@example.com\tuid={number}|gid=100|home=/home/vmail/{number}|mail=Maildir|systempw=$1$saltsalt${number}\n"))));
        File.SetUnixFileMode(Path.Combine(site.Config, "userdb"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        IReadOnlyList<string> command = site.Inside(await site.NewStateAsync(), ["sh", "-c", contender.Tool("makeuserdb")]);
        long begin = Stopwatch.GetTimestamp();
        await ProcessRunner.RunOrThrowAsync(command);
        return new Outcome([new Reading(Stopwatch.GetElapsedTime(begin).TotalSeconds)]);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
