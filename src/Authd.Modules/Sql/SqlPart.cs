// The parts of an administrator's statement: text, and places for values.
namespace Authd.Modules.Sql;

/// <summary>The kind of place of a part.</summary>
public enum SqlPlace
{
    /// <summary>The administrator's own text, sent unchanged.</summary>
    Text,

    /// <summary>A value: a parameter, or one literal.</summary>
    Value,

    /// <summary>A name written without quotes (<c>users_$(domain)</c>), or part of one.</summary>
    Name,

    /// <summary>A name written with double quotes.</summary>
    QuotedName,

    /// <summary>A number's digits (<c>1$(service)</c>).</summary>
    Digits,

    /// <summary>The digits of a bit string literal, <c>B'...'</c> or <c>X'...'</c>.</summary>
    Bits,
}

/// <summary>One part of a statement.</summary>
/// <param name="Place">The kind of place.</param>
/// <param name="Content">Text to send; for the other places the content with marks, quotes and escapes undone.</param>
/// <param name="Prefix">For <see cref="SqlPlace.Bits"/>: the letter before the quote. For <see cref="SqlPlace.Value"/>: <c>_</c>
/// when the text before it names the literal's character set (MySQL).</param>
public readonly record struct SqlPart(SqlPlace Place, string Content, char Prefix = default);

/// <summary>A statement and its separate values, as sent to the server.</summary>
/// <param name="Text">SQL with <c>$1</c>, <c>$2</c>, ... or the dialect's marks.</param>
/// <param name="Parameters">Their values; wire text.</param>
public readonly record struct BoundStatement(string Text, string[] Parameters);

/// <summary>A value cannot be used at its place in a clause, so the request cannot be answered.</summary>
public sealed class SqlRefusedException : Exception
{
    /// <summary>An exception without details.</summary>
    public SqlRefusedException() { }

    /// <summary>With the reason for the log.</summary>
    public SqlRefusedException(string message) : base(message) { }

    /// <summary>With the reason and its cause.</summary>
    public SqlRefusedException(string message, Exception inner) : base(message, inner) { }
}
