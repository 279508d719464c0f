// docs/TROUBLESHOOTING.md: every reason that a LOGIN FAILED line can have is explained.
using System.Text.RegularExpressions;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public partial class TroubleshootingTests
{
    [Fact]
    public void Every_reason_is_explained()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "TROUBLESHOOTING.md"));
        string sources = string.Concat(Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText));
        string[] reasons =
        [
            .. LiteralReason().Matches(sources).Select(static match => match.Groups[1].Value),
            .. SharedReason().Matches(sources[sources.IndexOf("public static class Reasons", StringComparison.Ordinal)..].Split("\n}")[0])
                .Select(static match => match.Groups[1].Value),
        ];
        Assert.NotEmpty(reasons);
        Assert.All(reasons.Distinct(), reason => Assert.Contains($"`{reason}`", page, StringComparison.Ordinal));
    }

    [GeneratedRegex("AuthOutcome\\.(?:Reject|TempFail)\\(\"([^\"]+)\"\\)")]
    private static partial Regex LiteralReason();

    [GeneratedRegex("public const string \\w+ = \"([^\"]+)\";")]
    private static partial Regex SharedReason();
}
