// packaging/man: correct, and complete.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Packaging;

public sealed class ManPagesTests
{
    private static readonly string Directory = Path.Combine(Repository.Root, "packaging/man");

    public static TheoryData<string> Pages { get; } =
        [.. System.IO.Directory.GetFiles(Directory).Select(path => Path.GetFileName(path))];

    /// <summary>The commands that `make install` links.</summary>
    public static TheoryData<string> Commands { get; } =
    [
        "authdaemond",
        .. File.ReadLines(Path.Combine(Repository.Root, "Makefile"))
            .First(line => line.StartsWith("TOOLS ", StringComparison.Ordinal)).Split('=')[1]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Mandoc_has_nothing_to_complain_of(string page)
    {
        ProgramResult result = await ProcessRunner.RunAsync(
            ["mandoc", "-T", "lint", "-W", "warning", Path.Combine(Directory, page)]);
        Assert.Equal("", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_has_examples(string page) =>
        Assert.Contains("\n.Sh EXAMPLES\n", File.ReadAllText(Path.Combine(Directory, page)), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_has_a_page_and_answers_help_and_version(string command)
    {
        Assert.True(File.Exists(Path.Combine(Directory, $"{command}.1")) || File.Exists(Path.Combine(Directory, $"{command}.8")));
        string[] call = command == "authdaemond" ? [OurDaemon.Binary] : [OurDaemon.Binary, command];
        Assert.StartsWith(
            $"Usage: {command}", await ProcessRunner.RunOrThrowAsync([.. call, "--help"]), StringComparison.Ordinal);
        Assert.Matches(
            $"^{command} [0-9]+[.][0-9]+[.][0-9]+\n$", await ProcessRunner.RunOrThrowAsync([.. call, "--version"]));
    }
}
