// The daemon's log: courier's level prefixes, cleaned text, one write a line.
using System.Text;

namespace Authd.Core.Logging;

/// <summary>
/// Writes log lines. Text is wire text; every byte that is not printable ASCII becomes a dot, and a line is cut to
/// <see cref="MaxText"/> chars. A value from outside can therefore neither forge a line nor push the rest out of it.
/// </summary>
/// <param name="write">Takes one finished line with level, without a line end.</param>
/// <param name="debugLevel">DEBUG_LOGIN: 0 off, 1 debug lines, 2 and more also lines that hold passwords.</param>
/// <param name="writeLogin">Takes the line of a login with the facts in it; <c>null</c>: the line goes to
/// <paramref name="write"/>.</param>
/// <param name="explain">Takes the steps of one request for authtest --explain; usually <c>null</c>.</param>
public sealed class Log(
    Action<LogLevel, string> write, int debugLevel, Action<string, LoginReport>? writeLogin = null, Action<string>? explain = null)
{
    /// <summary>Longest text of a line, in bytes.</summary>
    public const int MaxText = 1023;

    /// <summary>The length kept from the end of a line that is too long, where the error usually stands.</summary>
    private const int KeptEnd = 255;

    private const string CutMark = "...";

    /// <summary>A log that discards everything.</summary>
    public static Log None { get; } = new(static (_, _) => { }, 0);

    /// <summary>DEBUG_LOGIN is 1 or more: ask before building a debug line.</summary>
    public bool Debugging => debugLevel >= 1;

    /// <summary>DEBUG_LOGIN is 2 or more: lines that hold passwords are wanted.</summary>
    public bool ShowingPasswords => debugLevel >= 2;

    /// <summary>The steps of a request are wanted: ask before building their text.</summary>
    public bool Explaining => explain is not null;

    /// <summary>A step of a request for authtest --explain, never a line of the log. It holds no secret.</summary>
    public void Explain(string text) => explain?.Invoke(Clean(text));

    /// <summary>A debug line, when DEBUG_LOGIN asks for them.</summary>
    public void Debug(string text)
    {
        if (Debugging)
        {
            Line(LogLevel.Debug, text);
        }
    }

    /// <summary>A line that may hold a password, when DEBUG_LOGIN is 2 or more.</summary>
    public void DebugSecret(string text)
    {
        if (ShowingPasswords)
        {
            Line(LogLevel.Debug, text);
        }
    }

    /// <summary>An INFO line.</summary>
    public void Info(string text) => Line(LogLevel.Info, text);

    /// <summary>A line without a level prefix (it counts as info).</summary>
    public void Plain(string text) => Line(LogLevel.Plain, text);

    /// <summary>A WARN line.</summary>
    public void Warn(string text) => Line(LogLevel.Warn, text);

    /// <summary>An ERR line.</summary>
    public void Err(string text) => Line(LogLevel.Err, text);

    /// <summary>A CRIT line.</summary>
    public void Crit(string text) => Line(LogLevel.Crit, text);

    /// <summary>The INFO line of a login.</summary>
    public void Login(LoginReport login)
    {
        if (writeLogin is null)
        {
            Info(login.Line);
        }
        else
        {
            writeLogin(Clean(login.Line), login);
        }
    }

    private void Line(LogLevel level, string text) => write(level, Clean(text));

    /// <summary>A value from outside, with <c>...</c> in place of the chars beyond <paramref name="longest"/>.</summary>
    public static string Cut(string text, int longest) =>
        text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest - CutMark.Length), CutMark);

    /// <summary>
    /// Printable ASCII stays, everything else becomes a dot. A text longer than <see cref="MaxText"/> is cut in the middle: the
    /// long part is the client's, and the message may stand on either side of it.
    /// </summary>
    public static string Clean(string text)
    {
        string cut = text.Length <= MaxText
            ? text
            : string.Concat(Cut(text, MaxText - KeptEnd), text.AsSpan(text.Length - KeptEnd));
        if (!cut.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return cut;
        }

        StringBuilder clean = new(cut.Length);
        foreach (char c in cut)
        {
            clean.Append(c is >= ' ' and <= '~' ? c : '.');
        }

        return clean.ToString();
    }
}
