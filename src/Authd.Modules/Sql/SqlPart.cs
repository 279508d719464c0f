// What an administrator's statement is made of once it has been read: text, and places for values.
namespace Authd.Modules.Sql;

/// <summary>What kind of place a part is.</summary>
public enum SqlPlace
{
    /// <summary>The administrator's own text, sent as it is.</summary>
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
/// <param name="Place">What it is.</param>
/// <param name="Content">Text as it is to be sent; for the other places the content with marks, quotes and escapes undone.</param>
/// <param name="Prefix">For <see cref="SqlPlace.Bits"/>: the letter before the quote. For <see cref="SqlPlace.Value"/>:
/// <c>_</c> when the text before it names the literal's character set (MySQL).</param>
public readonly record struct SqlPart(SqlPlace Place, string Content, char Prefix = default);

/// <summary>A statement with its values apart, as the server gets it.</summary>
/// <param name="Text">SQL with <c>$1</c>, <c>$2</c>, ... or what the dialect has for them.</param>
/// <param name="Parameters">Their values; wire text.</param>
public readonly record struct BoundStatement(string Text, string[] Parameters);

/// <summary>A value cannot stand in the place that a clause has for it; the request cannot be answered.</summary>
public sealed class SqlRefusedException : Exception
{
    /// <summary>No details.</summary>
    public SqlRefusedException() { }

    /// <summary>With the reason for the log.</summary>
    public SqlRefusedException(string message) : base(message) { }

    /// <summary>With the reason and its cause.</summary>
    public SqlRefusedException(string message, Exception inner) : base(message, inner) { }
}
