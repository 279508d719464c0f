// A statement of the administrator's, ready to take the values of a request.
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
    private readonly Dictionary<SqlReading, Reading> _readings;

    private SqlTemplate(SqlDialect dialect, string marked)
    {
        _marked = marked;
        _readings = dialect.Readings.ToDictionary(reading => reading, reading => Read(dialect, marked, reading));
    }

    /// <summary>Statements, or why there are none.</summary>
    private sealed record Reading(IReadOnlyList<SqlStatement> Statements, string? Problem);

    /// <summary>Reads a statement.</summary>
    /// <param name="dialect">Its language.</param>
    /// <param name="key">The setting it comes from, for messages.</param>
    /// <param name="marked">Its text with <see cref="SqlMark"/>s.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="ConfigurationException">It cannot be read, or a variable stands where no value can be safe.</exception>
    public static SqlTemplate Make(SqlDialect dialect, string key, string marked, RcFile file)
    {
        SqlTemplate template = new(dialect, marked);

        // Which reading counts, only the server knows.
        return template._readings.Values.All(reading => reading.Problem is not null)
            ? throw file.Bad(key, template._readings[dialect.Readings[0]].Problem!) : template;
    }

    /// <summary>The server could not take this statement with parameters and took it with literals: set once.</summary>
    public bool NeedsLiterals { get; set; }

    /// <summary>The statement has been run with parameters and gave rows: it may share a round trip with others.</summary>
    public bool GivesRows { get; set; }

    /// <summary>The statements as a server reads them.</summary>
    /// <exception cref="SqlRefusedException">Read in that way the text makes no sense.</exception>
    public IReadOnlyList<SqlStatement> Statements(SqlReading reading) =>
        _readings[reading] is { Problem: { } problem } ? throw new SqlRefusedException(problem) : _readings[reading].Statements;

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

    private static Reading Read(SqlDialect dialect, string marked, SqlReading reading)
    {
        try
        {
            return new Reading([.. dialect.Read(marked, reading).Select(parts => new SqlStatement(dialect, parts))], null);
        }
        catch (FormatException wrong)
        {
            return new Reading([], wrong.Message);
        }
    }
}

/// <summary>One statement of a template.</summary>
public sealed class SqlStatement
{
    private readonly SqlDialect _dialect;
    private readonly IReadOnlyList<SqlPart> _parts;
    private readonly SqlPart[] _values;
    private readonly string? _fixedText;

    /// <summary>Takes what the dialect's lexer found.</summary>
    public SqlStatement(SqlDialect dialect, IReadOnlyList<SqlPart> parts)
    {
        (_dialect, _parts) = (dialect, parts);
        _values = [.. parts.Where(part => part.Place == SqlPlace.Value)];
        _fixedText = parts.All(part => part.Place is SqlPlace.Text or SqlPlace.Value) ? Compose(null, null) : null;
    }

    /// <summary>Its text is the same for all requests, and no value has a prefix (<c>N'..'</c>, <c>_latin1'..'</c>).</summary>
    public bool IsSameForAll => _fixedText is not null && _values.All(static value => value.Prefix == default);

    /// <summary>Binds values as parameters.</summary>
    /// <exception cref="SqlRefusedException">A value cannot stand where the statement has a name or a number.</exception>
    public BoundStatement Bind(SqlValues values)
    {
        string[] parameters = _values.Length == 0 ? [] : new string[_values.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] = values.Fill(_values[i].Content);
        }

        return new BoundStatement(_fixedText ?? Compose(values, null), parameters);
    }

    /// <summary>The statement with every value as a literal.</summary>
    /// <param name="values">The values.</param>
    /// <param name="quote">Makes the literal that stands for a part, of the text that fills it.</param>
    /// <exception cref="SqlRefusedException">As for <see cref="Bind"/>.</exception>
    public BoundStatement BindLiterals(SqlValues values, Func<SqlPart, string, string> quote) => new(Compose(values, quote), []);

    private string Compose(SqlValues? values, Func<SqlPart, string, string>? quote)
    {
        StringBuilder text = new();
        int number = 0;
        foreach (SqlPart part in _parts)
        {
            _ = part.Place switch
            {
                SqlPlace.Text => text.Append(part.Content),
                SqlPlace.Value when quote is null => text.Append(' ').Append(_dialect.Parameter(++number)).Append(' '),
                SqlPlace.Value => text.Append(' ').Append(quote(part, values!.Fill(part.Content))).Append(' '),
                _ => text.Append(Restricted(part, values!.Fill(part.Content))),
            };
        }

        return text.ToString();
    }

    private string Restricted(SqlPart part, string value)
    {
        string? safe = value.Length == 0 ? null : part.Place switch
        {
            // Quoted, so that it can never be read as a key word.
            SqlPlace.Name when value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$') =>
                $" {_dialect.Name(value, wasQuoted: false)} ",
            SqlPlace.QuotedName when _dialect.Name(value, wasQuoted: true) is { } name => $" {name} ",
            SqlPlace.Bits when value.All(char.IsAsciiHexDigit) => $" {part.Prefix}'{value}' ",
            SqlPlace.Digits when value.All(char.IsAsciiDigit) => value,
            _ => null,
        };
        return safe ?? throw new SqlRefusedException($"'{value}' cannot stand where the statement has a name or a number");
    }
}
