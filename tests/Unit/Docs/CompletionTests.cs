// packaging/completion: every verb, command and option that --help names, in each shell's file; bash's answers.
using System.Text.RegularExpressions;
using Authd.Core.Passwords;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public partial class CompletionTests
{
    private static readonly string Directory = Path.Combine(Repository.Root, "packaging", "completion");

    public static TheoryData<string> Shells { get; } = ["authdaemond.bash", "_authdaemond", "authdaemond.fish"];

    [Theory]
    [MemberData(nameof(Shells))]
    public void Each_word_of_the_help_is_offered(string file)
    {
        string completion = File.ReadAllText(Path.Combine(Directory, file));
        string[] words =
        [
            .. Strings(Source("CommandLine.cs"), "Verbs = "),
            .. HelpOption().Matches(Source("CommandHelp.cs") + Source("CommandLine.cs")).Select(static match => match.Groups[1].Value),
            .. HelpCommand().Matches(Source("CommandHelp.cs")).Select(static match => match.Groups[1].Value),
            .. PasswordMethods.All.Keys,
        ];
        Assert.NotEmpty(words);
        Assert.All(words.Distinct(), word => Assert.True(Offers(completion, word), word));
    }

    [Theory]
    [InlineData("authdaemond st", "start stop status stats")]
    [InlineData("authdaemond stats --j", "--json")]
    [InlineData("authdaemond cache ", "flush")]
    [InlineData("authdaemond --config-dir /nowhere ch", "check")]
    [InlineData("authdaemond --config-dir ", "a b", "mkdir a b; touch c")]
    [InlineData("authdaemond authtest -s im", "imap imaps")]
    [InlineData("/usr/sbin/authtest -", "-s -p -n -v --explain --help --version")]
    [InlineData("authtest john ", "")]
    [InlineData("userdb -f x john ", "set unset del")]
    [InlineData("userdb john set uid = 1 ho", "home=")]
    [InlineData("pw2userdb --passwd = c", "c1 c2", "touch c1 c2 d")]
    [InlineData("pw2userdb --no", "--noshadow --nouid")]
    [InlineData("authpasswd sha5", "sha512crypt sha512-crypt sha512")]
    public async Task Bash_answers(string typed, string offered, string before = ":")
    {
        using ScratchDirectory scratch = new();
        string output = await ProcessRunner.RunOrThrowAsync(
        [
            "bash", "-c",
            """
            cd "$1" && eval "$2" && . "$3" && IFS=' ' read -ra COMP_WORDS <<<"$4"
            [[ $4 != *' ' ]] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _authdaemond
            printf '%s\n' "${COMPREPLY[@]}"
            """,
            "bash", scratch.Path, before, Path.Combine(Directory, "authdaemond.bash"), typed,
        ]);
        Assert.Equal(
            offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    private static bool Offers(string completion, string word)
    {
        string name = Regex.Escape(word.TrimStart('-'));
        string dashes = word[..^word.TrimStart('-').Length];
        return Regex.IsMatch(completion, $"(?<![\\w-]){dashes}{name}(?![\\w-])")
            || (dashes.Length > 0 && Regex.IsMatch(completion, $" -[slo] {name}(?![\\w-])"));
    }

    private static string Source(string file) => File.ReadAllText(Path.Combine(Repository.Root, "src", "Authd", file));

    private static IEnumerable<string> Strings(string source, string after) =>
        source[source.IndexOf(after, StringComparison.Ordinal)..].Split(';')[0].Split('"').Where(static (_, i) => i % 2 == 1);

    // "[-s service]", "  -p   read ...", "--passwd=file".
    [GeneratedRegex("[ \\[|](--?[a-z][a-z0-9-]*)(?=[ \\]|=])")]
    private static partial Regex HelpOption();

    [GeneratedRegex("\\[\"([a-z0-9]+)\"\\] = ")]
    private static partial Regex HelpCommand();
}
