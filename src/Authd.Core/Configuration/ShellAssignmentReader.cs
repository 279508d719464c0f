// Reads a file of plain variable assignments as the POSIX shell does. Anything that would be executed is an error.
using System.Text;

namespace Authd.Core.Configuration;

/// <summary>
/// The part of the shell's grammar (POSIX, "Shell Command Language") that variable assignments need: quotes, escapes, comments,
/// line continuation, <c>export</c>, <c>$NAME</c>. Commands, substitutions and operators are refused, because a daemon that
/// guessed at their effect would silently differ from the shell.
/// </summary>
/// <param name="file">The file's name, for error messages.</param>
/// <param name="text">The file as wire text.</param>
/// <param name="environment">Variables that exist before the file is read; wire text.</param>
internal sealed class ShellAssignmentReader(string file, string text, Func<string, string?> environment)
{
    private const char End = '\0';
    private readonly Dictionary<string, string> _set = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private int _at;

    /// <summary>The variables that other assignments of the file refer to.</summary>
    public IReadOnlySet<string> Used => _used;

    /// <summary>All assignments in the file's order.</summary>
    /// <exception cref="ConfigurationException">The file holds other things than plain assignments.</exception>
    public List<ShellAssignment> ReadAll()
    {
        List<ShellAssignment> all = [];
        if (text.Contains(End))
        {
            throw Error("a NUL byte", text.IndexOf(End));
        }

        for (SkipToCommand(); Peek() != End; SkipToCommand())
        {
            if (Peek() == ';')
            {
                throw Error("nothing before ';'", _at);
            }

            all.AddRange(ReadCommand());
            if (Peek() == ';')
            {
                _at++;
            }
        }

        return all;
    }

    /// <summary>
    /// One line, or a line's part up to <c>;</c>. The shell expands all words of an <c>export</c> before the first of
    /// them is set, while plain assignments see those to their left.
    /// </summary>
    private List<ShellAssignment> ReadCommand()
    {
        List<ShellAssignment> command = [];
        bool exporting = false;
        for (bool first = true; !AtCommandEnd(); first = false)
        {
            int start = _at;
            string name = ReadName();
            if (name.Length > 0 && Peek() == '=')
            {
                _at++;
                command.Add(new ShellAssignment(name, ReadValue(), LineOf(start)));
                if (!exporting)
                {
                    Set(command[^1]);
                }
            }
            else if (first && name == "export" && IsBlank(Peek()))
            {
                exporting = true;
            }
            else if (!exporting || name.Length == 0 || !AtWordEnd())
            {
                string word = WordAt(start);
                string odd = RcDoubts.Mark(word) is { } mark ? $"; there is {mark} in it: type it anew as plain ASCII" : "";
                throw Error($"not a plain assignment: '{word}'{odd}", start);
            }

            SkipBlanks();
        }

        command.ForEach(Set);
        return command;
    }

    private void Set(ShellAssignment assignment) => _set[assignment.Name] = assignment.Value;

    /// <summary>Reads to the word's end, with quotes removed and variables expanded.</summary>
    private string ReadValue()
    {
        StringBuilder value = new();
        while (!AtWordEnd())
        {
            char c = Peek();
            switch (c)
            {
                case '\'':
                    ReadSingleQuoted(value);
                    break;
                case '"':
                    ReadDoubleQuoted(value);
                    break;
                case '\\':
                    ReadEscape(value);
                    break;
                case '$':
                    ReadVariable(value, quoted: false);
                    break;
                case '`' or '&' or '|' or '<' or '>' or '(' or ')':
                    throw Error($"'{c}' outside quotes: only plain assignments are understood", _at);
                case '~' when text[_at - 1] is '=' or ':' or '\n':
                    throw Error("'~' is not expanded here: write the directory, or quote it", _at);
                default:
                    value.Append(c);
                    _at++;
                    break;
            }
        }

        return value.ToString();
    }

    private void ReadSingleQuoted(StringBuilder value)
    {
        int close = text.IndexOf('\'', _at + 1);
        if (close < 0)
        {
            throw Error("no closing ' for the one here", _at);
        }

        value.Append(text, _at + 1, close - _at - 1);
        _at = close + 1;
    }

    private void ReadDoubleQuoted(StringBuilder value)
    {
        int open = _at++;
        for (char c = Peek(); c != '"'; c = Peek())
        {
            switch (c)
            {
                case End:
                    throw Error("no closing \" for the one here", open);
                case '`':
                    throw Error("'`' outside single quotes: commands are not run", _at);
                case '\\' when Raw(_at + 1) is not ('$' or '`' or '"' or '\\'):
                    value.Append(c);
                    _at++;
                    break;
                case '\\':
                    ReadEscape(value);
                    break;
                case '$':
                    ReadVariable(value, quoted: true);
                    break;
                default:
                    value.Append(c);
                    _at++;
                    break;
            }
        }

        _at++;
    }

    /// <summary>Reads a backslash and the char that it protects; at the end of the file a backslash is literal.</summary>
    private void ReadEscape(StringBuilder value)
    {
        _at++;
        char protectedChar = Raw(_at);
        value.Append(protectedChar == End ? '\\' : protectedChar);
        _at++;
    }

    /// <summary>Reads <c>$NAME</c> or <c>${NAME}</c>; a <c>$</c> before any other char is literal.</summary>
    private void ReadVariable(StringBuilder value, bool quoted)
    {
        int dollar = _at++;
        bool braces = Peek() == '{';
        if (braces)
        {
            _at++;
        }

        string name = ReadName();
        char next = Peek();
        if (braces ? name.Length == 0 || next != '}' : name.Length == 0 && IsOtherExpansion(next, quoted))
        {
            throw Error("only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)", dollar);
        }

        if (braces)
        {
            _at++;
        }

        if (name.Length == 0)
        {
            value.Append('$');
            return;
        }

        _used.Add(name);
        value.Append(_set.GetValueOrDefault(name) ?? environment(name));
    }

    /// <summary>Commands, arithmetic, positional and special parameters, and quotes on which shells disagree.</summary>
    private static bool IsOtherExpansion(char next, bool quoted) =>
        next is '(' or '@' or '*' or '#' or '?' or '-' or '$' or '!' or (>= '0' and <= '9')
        || (!quoted && next is '\'' or '"');

    private string ReadName()
    {
        StringBuilder name = new();
        for (char c = Peek(); c == '_' || char.IsAsciiLetter(c) || (name.Length > 0 && char.IsAsciiDigit(c)); c = Peek())
        {
            name.Append(c);
            _at++;
        }

        return name.ToString();
    }

    /// <summary>Skips blanks, line ends and comments (at whose end a backslash has no meaning).</summary>
    private void SkipToCommand()
    {
        for (SkipBlanks(); Peek() is '\n' or '#'; SkipBlanks())
        {
            int end = text.IndexOf('\n', _at);
            _at = end < 0 ? text.Length : end + 1;
        }
    }

    private void SkipBlanks()
    {
        while (IsBlank(Peek()))
        {
            _at++;
        }
    }

    private bool AtCommandEnd() => Peek() is End or '\n' or ';' or '#';

    private bool AtWordEnd() => Peek() is End or '\n' or ';' or ' ' or '\t';

    private static bool IsBlank(char c) => c is ' ' or '\t';

    /// <summary>The next char after any backslash-newline pairs, which the shell removes before all else.</summary>
    private char Peek()
    {
        while (Raw(_at) == '\\' && Raw(_at + 1) == '\n')
        {
            _at += 2;
        }

        return Raw(_at);
    }

    private char Raw(int at) => at < text.Length ? text[at] : End;

    private string WordAt(int start)
    {
        int end = text.AsSpan(start).IndexOfAny(" \t\n;");
        return end < 0 ? text[start..] : text.Substring(start, end);
    }

    private int LineOf(int at) => 1 + text.AsSpan(0, Math.Min(at, text.Length)).Count('\n');

    private ConfigurationException Error(string problem, int at) => new(file, LineOf(at), problem);
}
