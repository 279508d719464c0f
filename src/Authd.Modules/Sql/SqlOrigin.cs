// Where a statement comes from: the settings that an error of it is to be looked for in.
using System.Text;
using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>The settings that a statement is made of.</summary>
/// <param name="file">The file that has them.</param>
/// <param name="settings">Names, and what stands in the statement for each, marks included; one name: it is the whole statement.</param>
public sealed class SqlOrigin(RcFile file, IReadOnlyList<(string Key, string Text)> settings)
{
    private const int LongestStatement = 1500;
    private static readonly string[] Ciphers = ["crypt(", "encode(", "decode(", "cipher", "hmac("];
    private static readonly string[] Things = ["column", "relation", "table", "function"];

    /// <summary>A message with its place: file, line and name of the setting that it speaks of, as far as that can be known.</summary>
    /// <param name="problem">The message. A name or a text that it quotes is looked for in the settings.</param>
    public string Place(string problem) => Blamed(problem) is { } key
        ? Of(key).Message(problem) : $"{file.Path}: {Everything}: {problem}";

    /// <summary>The setting that a message speaks of.</summary>
    /// <returns><c>null</c>: it may be any of several.</returns>
    public string? Blamed(string problem)
    {
        if (settings is [var (only, _)])
        {
            return only;
        }

        foreach (string quoted in Quoted(problem))
        {
            string[] same = [.. settings.Where(setting => Unquoted(setting.Text) == quoted).Select(static setting => setting.Key)];
            string[] holding = same.Length > 0 ? same
                : [.. settings.Where(setting => Holds(setting.Text, quoted)).Select(static setting => setting.Key)];
            if (holding.Length > 0)
            {
                // A mistake is more likely in what the administrator has written than in what is usual.
                return Array.Find(holding, key => file.Find(key) is not null) ?? holding[0];
            }
        }

        return null;
    }

    /// <summary>The first setting that cannot be read by itself, and what is wrong with it; <c>null</c>: each of them can.</summary>
    public (string Key, string Problem)? Unreadable(SqlDialect dialect)
    {
        foreach ((string key, string text) in settings)
        {
            try
            {
                dialect.Read(text, dialect.Readings[0]);
            }
            catch (FormatException wrong)
            {
                return (key, wrong.Message);
            }
        }

        return null;
    }

    /// <summary>An exception that names file, line and setting.</summary>
    public ConfigurationException Bad(string key, string problem) => file.Bad(key, problem);

    /// <summary>
    /// A statement as the administrator would write it, for the log. Where it seems to hold a key, the literals are left out.
    /// </summary>
    public static string Show(string marked)
    {
        bool hides = MayHoldKey(marked);
        StringBuilder text = new(marked.Length + 32);
        for (int at = 0; at < marked.Length; at++)
        {
            if (hides && marked[at] == '\'')
            {
                int end = marked.IndexOf('\'', at + 1) is var close and >= 0 ? close : marked.Length - 1;
                bool isOpen = SqlPlaceholder.In(marked.AsSpan(at, end - at + 1));
                Append(text, isOpen ? marked[at..(end + 1)] : "'...'");
                at = end;
            }
            else
            {
                Append(text, marked[at].ToString());
            }
        }

        return Core.Logging.Log.Cut(text.ToString(), LongestStatement);
    }

    private static void Append(StringBuilder text, string marked)
    {
        foreach (char c in marked)
        {
            _ = SqlPlaceholder.Is(c) ? text.Append(SqlPlaceholder.Name(SqlPlaceholder.Variable(c))) : text.Append(c);
        }
    }

    /// <summary>It calls a function that en- or decrypts.</summary>
    private static bool MayHoldKey(string marked) => Array.Exists(
        Ciphers, word => marked.Replace(" (", "(", StringComparison.Ordinal).Contains(word, StringComparison.OrdinalIgnoreCase));

    private string Everything => $"{settings[0].Key} and the other settings of the statement";

    private (string Key, Func<string, string> Message) Of(string key) => (key, problem => file.Find(key) is not null
        ? file.Bad(key, problem).Message : $"{file.Path}: {key} is not set, so that it is {Shown(key)}: {problem}");

    private string Shown(string key) => Show(settings.First(setting => setting.Key == key).Text);

    private static string Unquoted(string text) => text.Trim(' ', '`', '"');

    /// <summary>The quoted words of a message, and the words behind <c>column</c> and its like and behind its last colon; of
    /// <c>database.table</c> the table as well.</summary>
    private static IEnumerable<string> Quoted(string problem)
    {
        IEnumerable<string> found = [.. Quotations(problem), problem[(problem.LastIndexOf(':') + 1)..], .. Named(problem)];
        foreach (string text in found.Select(static text => text.Trim()).Where(static text => text.Length > 0))
        {
            yield return text;
            if (text.LastIndexOf('.') is var dot and >= 0 && dot + 1 < text.Length)
            {
                yield return text[(dot + 1)..];
            }
        }
    }

    private static IEnumerable<string> Quotations(string problem)
    {
        for (int at = problem.AsSpan().IndexOfAny("'\"`"); at >= 0;)
        {
            int close = problem.IndexOf(problem[at], at + 1);
            if (close < 0)
            {
                yield break;
            }

            yield return problem[(at + 1)..close];
            int next = problem.AsSpan(close + 1).IndexOfAny("'\"`");
            at = next < 0 ? -1 : close + 1 + next;
        }
    }

    private static IEnumerable<string> Named(string problem)
    {
        string[] words = problem.Split([' ', ',', ';', '(', ')', '`'], StringSplitOptions.RemoveEmptyEntries);
        return Enumerable.Range(1, Math.Max(0, words.Length - 1))
            .Where(i => Things.Contains(words[i - 1], StringComparer.OrdinalIgnoreCase)).Select(i => words[i].Trim(':'));
    }

    /// <summary>As a whole word, where it is one.</summary>
    private static bool Holds(string text, string part)
    {
        for (int at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + 1, StringComparison.Ordinal))
        {
            bool begins = !IsWord(part[0]) || at == 0 || !IsWord(text[at - 1]);
            bool ends = !IsWord(part[^1]) || at + part.Length == text.Length || !IsWord(text[at + part.Length]);
            if (begins && ends)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
