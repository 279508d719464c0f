// A database's message about a failure, made safe for the log.
using Authd.Core.Logging;

namespace Authd.Modules.Sql;

/// <summary>
/// The only way of an error's text to the log. Text in quotes is the server's quotation, and stays only if the statement without
/// its secrets, or a name that a client sent, contains it. If the rest still shares a part with a secret (a trigger may say
/// anything), only the number is logged.
/// </summary>
internal static class SqlErrorText
{
    private const string Quotes = "'\"`";
    private const string Mask = "...";
    private const int LongestUser = 255;

    /// <summary>The number of consecutive chars that count as a part of a
    /// password. A hash is random: short parts occur everywhere.</summary>
    private const int PasswordPart = 4;

    private const int HashPart = 8;

    /// <summary>The line for a statement that failed, without the module's name: the words, and file and setting that they speak of.</summary>
    public static string Line(SqlRequest request, SqlFailureException failure)
    {
        string text = Of(failure, request.Template, request.Values);
        if (!request.IsChange)
        {
            return Place(text.Length > 0 ? text : failure.Code);
        }

        string[] parts = [failure.Code, text];
        string user = Log.Cut(request.Values[SqlVariable.User], LongestUser);
        return $"password change failed for '{user}': {Place(string.Join(": ", parts.Where(static part => part.Length > 0)))}";

        // A lock is not the statement's fault.
        string Place(string problem) => failure.IsPassing ? problem : request.Template.Place(problem);
    }

    /// <summary>The server's message; empty when none of it may be shown.</summary>
    public static string Of(SqlFailureException failure, SqlTemplate template, SqlValues values)
    {
        if (failure.NamesOnly)
        {
            return failure.Message;
        }

        string text = WithoutValues(failure.Message, template, values.WithoutSecrets());
        return Shows(text, values.NewPassword, PasswordPart) || Shows(text, values.NewHash, HashPart) ? "" : text;
    }

    /// <summary>The part that the server quotes, from the first quote to the last; <c>null</c>: none.</summary>
    public static string? Quoted(string text)
    {
        int from = NextQuote(text, 0);
        int to = from < 0 ? -1 : text.LastIndexOf(text[from]);
        return to > from ? text[(from + 1)..to] : null;
    }

    private static string WithoutValues(string text, SqlTemplate template, SqlValues open)
    {
        string statement = Squeezed(template.Display(open));
        int hidden = FirstUnknown(text, span => IsKnown(span, statement, open));
        if (hidden < 0)
        {
            return text;
        }

        // A value may itself hold quotes, but ends at the last one at the latest.
        int last = text.AsSpan().LastIndexOfAny(Quotes);
        string behind = last > hidden && IsPlace(text[(last + 1)..]) ? text[(last + 1)..] : "";
        return $"{text[..hidden]}{text[hidden]}{Mask}{text[hidden]}{behind}";
    }

    private static int FirstUnknown(string text, Func<string, bool> isKnown)
    {
        for (int at = NextQuote(text, 0); at >= 0;)
        {
            int close = text.IndexOf(text[at], at + 1);
            int last = text.LastIndexOf(text[at]);
            if (close < 0)
            {
                return at;
            }

            if (isKnown(text[(at + 1)..last]))
            {
                close = last;
            }
            else if (!isKnown(text[(at + 1)..close]))
            {
                return at;
            }

            at = NextQuote(text, close + 1);
        }

        return -1;
    }

    private static bool IsKnown(string span, string statement, SqlValues open) =>
        statement.Contains(Squeezed(span), StringComparison.Ordinal)
        || span == open[SqlVariable.User] || span == open[SqlVariable.LocalPart] || span == open[SqlVariable.Domain];

    /// <summary>Text without white space, because servers quote statements with their own.</summary>
    private static string Squeezed(string text) => string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));

    /// <summary>The next quote; the apostrophe in <c>doesn't exist</c> is not one.</summary>
    private static int NextQuote(string text, int from)
    {
        for (int at = from; at < text.Length; at++)
        {
            bool isApostrophe = at > 0 && at + 1 < text.Length && char.IsAsciiLetter(text[at - 1]) && char.IsAsciiLetter(text[at + 1]);
            if (Quotes.Contains(text[at]) && !isApostrophe)
            {
                return at;
            }
        }

        return -1;
    }

    private static bool IsPlace(string text) =>
        text.Length == 0 || ((text.StartsWith(" at line ", StringComparison.Ordinal) || text.StartsWith(" at row ", StringComparison.Ordinal))
            && text.AsSpan(text.LastIndexOf(' ') + 1).IndexOfAnyExceptInRange('0', '9') < 0);

    private static bool Shows(string text, string secret, int part)
    {
        if (secret.Length <= part)
        {
            return secret.Length > 0 && text.Contains(secret, StringComparison.OrdinalIgnoreCase);
        }

        for (int at = 0; at + part <= secret.Length; at++)
        {
            if (text.AsSpan().Contains(secret.AsSpan(at, part), StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
