// The words of comments: a noun for every subject, and none of the riddles that have been edited out.
using System.Text.RegularExpressions;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public sealed partial class ProseTests
{
    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void A_comments_sentences_have_nouns_for_subjects(string folder)
    {
        string[] riddles =
        [
            .. from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
               let name = Path.GetRelativePath(Repository.Root, path)
               where !Generated().IsMatch(name)
               from comment in Comments(File.ReadLines(path))
               from Match riddle in Riddle().Matches(comment.Text)
               select $"{name}:{comment.Line}: {riddle.Value}",
        ];
        Assert.True(riddles.Length == 0, string.Join('\n', riddles));
    }

    [Theory]
    [InlineData("What the server said.", 1)]
    [InlineData("<summary>Who asks.</summary>", 1)]
    [InlineData("The answer. Whoever waits gets it.", 1)]
    [InlineData("The client is told; there is none.", 2)]
    [InlineData("What is it? The server's message, and the client who gets it.", 0)]
    public void A_riddle_is_found(string comment, int riddles) => Assert.Equal(riddles, Riddle().Count(comment));

    /// <summary>Comment lines that follow each other as one text, with the number of the first; others one by one.</summary>
    private static IEnumerable<(int Line, string Text)> Comments(IEnumerable<string> lines)
    {
        (int Line, string Text) block = (0, "");
        foreach ((int index, string line) in lines.Append("").Index())
        {
            Match comment = Comment().Match(line);
            if (comment.Success && comment.Index == 0 && block.Line > 0)
            {
                block.Text += $" {comment.Groups["text"].Value}";
                continue;
            }

            if (block.Line > 0)
            {
                yield return block;
            }

            block = comment.Success ? (index + 1, comment.Groups["text"].Value) : (0, "");
        }
    }

    [GeneratedRegex("(?:^|/)(?:obj|bin)/")]
    private static partial Regex Generated();

    [GeneratedRegex("(?:^ *|(?<=[;{},)] ))///? (?<text>.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex(
        "(?<=^|[.!?:] |>)(?:What|Whoever|Whom|Who)\\b(?![^.!?]*\\?)[^.]*"
        + "|\\b(?:[Tt]here is none|is told|are told|is none|goes on on|[Nn]obody's business)\\b")]
    private static partial Regex Riddle();
}
