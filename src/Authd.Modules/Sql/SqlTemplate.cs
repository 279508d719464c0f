// A statement of the administrator's, ready to take the values of a request.
using System.Globalization;
using System.Text;
using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>
/// One or more statements with places for variables. Values never become part of the statement's structure: they travel
/// as parameters, or as one literal each; in the place of a name only what can be a name is let through.
/// </summary>
public sealed class SqlTemplate
{
    private readonly string _marked;
    private readonly Reading _standard;
    private readonly Reading _backslashes;

    private SqlTemplate(string marked)
    {
        _marked = marked;
        _standard = Read(marked, backslashes: false);
        _backslashes = Read(marked, backslashes: true);
    }

    /// <summary>Statements, or why there are none.</summary>
    private sealed record Reading(IReadOnlyList<SqlStatement> Statements, string? Problem);

    /// <summary>Reads a statement.</summary>
    /// <param name="key">The setting it comes from, for messages.</param>
    /// <param name="marked">Its text with <see cref="SqlMark"/>s.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="ConfigurationException">It cannot be read, or a variable stands where no value can be safe.</exception>
    public static SqlTemplate Make(string key, string marked, RcFile file)
    {
        SqlTemplate template = new(marked);

        // Which reading counts, only the server knows (standard_conforming_strings).
        return template._standard.Problem is { } problem && template._backslashes.Problem is not null
            ? throw file.Bad(key, problem) : template;
    }

    /// <summary>The server could not take this statement with parameters and took it with literals: set once.</summary>
    public bool NeedsLiterals { get; set; }

    /// <summary>The statement has been run with parameters and gave rows: it may share a round trip with others.</summary>
    public bool GivesRows { get; set; }

    /// <summary>The statements, for a server whose plain literals know backslash escapes or not.</summary>
    /// <exception cref="SqlRefusedException">Read in that way the text makes no sense.</exception>
    public IReadOnlyList<SqlStatement> Statements(bool backslashes)
    {
        Reading reading = backslashes ? _backslashes : _standard;
        return reading.Problem is null ? reading.Statements : throw new SqlRefusedException(reading.Problem);
    }

    /// <summary>The text as the C daemon logs it: values in place, quotes doubled.</summary>
    public string Display(SqlValues values)
    {
        StringBuilder text = new(_marked.Length + 32);
        foreach (char c in _marked)
        {
            _ = SqlMark.Is(c)
                ? text.Append(values[SqlMark.Variable(c)].Replace("'", "''", StringComparison.Ordinal))
                : text.Append(c);
        }

        return text.ToString();
    }

    private static Reading Read(string marked, bool backslashes)
    {
        try
        {
            return new Reading([.. PostgresLexer.Read(marked, backslashes).Select(parts => new SqlStatement(parts))], null);
        }
        catch (FormatException wrong)
        {
            return new Reading([], wrong.Message);
        }
    }
}

/// <summary>One statement of a template.</summary>
/// <param name="parts">What the lexer found.</param>
public sealed class SqlStatement(IReadOnlyList<SqlPart> parts)
{
    private readonly SqlPart[] _values = [.. parts.Where(part => part.Place == SqlPlace.Value)];
    private readonly string? _fixedText = parts.All(part => part.Place is SqlPlace.Text or SqlPlace.Value)
        ? Compose(parts, null, literals: false) : null;

    /// <summary>Binds values as parameters.</summary>
    /// <exception cref="SqlRefusedException">A value cannot stand where the statement has a name or a number.</exception>
    public BoundStatement Bind(SqlValues values)
    {
        string[] parameters = _values.Length == 0 ? [] : new string[_values.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] = values.Fill(_values[i].Content);
        }

        return new BoundStatement(_fixedText ?? Compose(parts, values, literals: false), parameters);
    }

    /// <summary>The statement with every value as a literal.</summary>
    /// <exception cref="SqlRefusedException">As for <see cref="Bind"/>.</exception>
    public BoundStatement BindLiterals(SqlValues values) => new(Compose(parts, values, literals: true), []);

    private static string Compose(IReadOnlyList<SqlPart> parts, SqlValues? values, bool literals)
    {
        StringBuilder text = new();
        int number = 0;
        foreach (SqlPart part in parts)
        {
            _ = part.Place switch
            {
                SqlPlace.Text => text.Append(part.Content),
                SqlPlace.Value when !literals => text.Append(CultureInfo.InvariantCulture, $" ${++number} "),
                SqlPlace.Value => text.Append(' ').Append(PostgresEscapes.Quote(values!.Fill(part.Content))).Append(' '),
                _ => text.Append(Restricted(part, values!.Fill(part.Content))),
            };
        }

        return text.ToString();
    }

    private static string Restricted(SqlPart part, string value)
    {
        bool fits = value.Length > 0 && part.Place switch
        {
            SqlPlace.Name => value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$'),
            SqlPlace.QuotedName => !value.Contains('\0'),
            SqlPlace.Bits => value.All(char.IsAsciiHexDigit),
            _ => value.All(char.IsAsciiDigit),
        };
        if (!fits)
        {
            throw new SqlRefusedException($"'{value}' cannot stand where the statement has a name or a number");
        }

        return part.Place switch
        {
            // Quoted, so that it can never be read as a key word; folded as the server folds names without quotes.
            SqlPlace.Name => $" \"{value.ToLowerInvariant()}\" ",
            SqlPlace.QuotedName => $" \"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\" ",
            SqlPlace.Bits => $" {part.Prefix}'{value}' ",
            _ => value,
        };
    }
}
