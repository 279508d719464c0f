using System.Text;
using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>
/// An administrator's statements with places for a request's values. Values never become part of a statement's structure: they
/// are sent as parameters, or as one literal each; in the place of a name only valid names are accepted.
/// </summary>
public sealed class SqlTemplate
{
    private static readonly string[] TransactionWords = ["BEGIN", "START TRANSACTION", "COMMIT", "SAVEPOINT", "SET TRANSACTION"];
    private readonly string _marked;
    private readonly SqlOrigin? _origin;
    private string? _complaint;
    private readonly Dictionary<SqlLexicalMode, Reading> _readings;

    private SqlTemplate(SqlDialect dialect, string marked, SqlOrigin? origin)
    {
        (_marked, _origin) = (marked, origin);
        HasTransaction = Array.Exists(marked.Split(';'), static statement => Array.Exists(
            TransactionWords, word => statement.TrimStart().StartsWith(word, StringComparison.OrdinalIgnoreCase)));
        _readings = dialect.Readings.ToDictionary(reading => reading, reading => Read(dialect, marked, reading));
    }

    /// <summary>Statements, or the reason why the text has none.</summary>
    private sealed record Reading(IReadOnlyList<SqlStatement> Statements, string? Problem);

    /// <summary>Reads a statement.</summary>
    /// <param name="dialect">Its language.</param>
    /// <param name="key">The setting, for messages.</param>
    /// <param name="marked">Its text with <see cref="SqlPlaceholder"/>s.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="ConfigurationException">The text is malformed, or a variable is where no value can be safe.</exception>
    public static SqlTemplate Make(SqlDialect dialect, string key, string marked, RcFile file) =>
        Make(dialect, marked, new SqlOrigin(file, [(key, marked)]), key);

    /// <summary>Reads a statement that is made of several settings.</summary>
    /// <param name="dialect">Its language.</param>
    /// <param name="marked">Its text with <see cref="SqlPlaceholder"/>s.</param>
    /// <param name="origin">The settings.</param>
    /// <param name="key">The one that is named if each of them is readable and the whole is not.</param>
    /// <exception cref="ConfigurationException">As for <see cref="Make(SqlDialect, string, string, RcFile)"/>.</exception>
    public static SqlTemplate Make(SqlDialect dialect, string marked, SqlOrigin origin, string key)
    {
        SqlTemplate template = new(dialect, marked, origin);

        // Only the server knows its lexical mode.
        if (!template._readings.Values.All(reading => reading.Problem is not null))
        {
            return template;
        }

        (string blamed, string problem) = origin.Unreadable(dialect) ?? (key, template._readings[dialect.Readings[0]].Problem!);
        throw origin.Bad(blamed, problem);
    }

    /// <summary>A server's error with its place: the file and the setting that it speaks of.</summary>
    public string Place(string problem) => _origin?.Place(problem) ?? problem;

    /// <summary>The statement as the file has it, for the log.</summary>
    public string Shown => SqlOrigin.Show(_marked);

    /// <summary>Notes that the statement fails.</summary>
    /// <param name="kind">The kind of failure, one of several that the statement may have.</param>
    /// <returns>True: that is new since the statement was last executed.</returns>
    public bool IsNews(string kind) => Interlocked.Exchange(ref _complaint, kind) != kind;

    /// <summary>The statement has been executed: a failure is news again.</summary>
    public void HasWorked()
    {
        if (_complaint is not null)
        {
            _complaint = null;
        }
    }

    /// <summary>The server refused this statement with parameters and accepted it with literals; never reset.</summary>
    public bool NeedsLiterals { get; set; }

    /// <summary>The statement has been run with parameters and returned rows, so it may share a round trip with others.</summary>
    public bool GivesRows { get; set; }

    /// <summary>It seems to begin or end a transaction of its own, so it must not run inside another one.</summary>
    public bool HasTransaction { get; }

    /// <summary>A value is, or is a part of, the name of a table or column.</summary>
    public bool HasNames => _readings.Values.Any(static reading => reading.Statements.Any(static statement => statement.HasNames));

    /// <summary>Whether it contains a request's value, comments aside.</summary>
    public bool Has(SqlVariable variable) =>
        _readings.Values.Any(reading => reading.Statements.Any(statement => statement.Has(variable)));

    /// <summary>The filled texts in the places for values.</summary>
    public IEnumerable<string> Filled(SqlValues values) =>
        _readings.Values.SelectMany(reading => reading.Statements).SelectMany(statement => statement.Filled(values));

    /// <summary>
    /// The name before the <c>=</c> before a variable: the column that it is written to, in the administrator's spelling;
    /// <c>null</c>: none.
    /// </summary>
    public string? ColumnOf(SqlVariable variable)
    {
        int equals = _marked.AsSpan(0, Math.Max(0, _marked.IndexOf(SqlPlaceholder.Of(variable)))).LastIndexOf('=');
        string before = equals < 0 ? "" : _marked[..equals].TrimEnd();
        string column = before[(before.AsSpan().LastIndexOfAny(" \t,(;") + 1)..];
        return column.Length == 0 || SqlPlaceholder.In(column) ? null : column;
    }

    /// <summary>The statements in a server's lexical mode.</summary>
    /// <exception cref="SqlRefusedException">In that mode the text is malformed.</exception>
    public IReadOnlyList<SqlStatement> Statements(SqlLexicalMode reading) =>
        _readings[reading] is { Problem: { } problem } ? throw new SqlRefusedException(problem) : _readings[reading].Statements;

    /// <summary>The text in the C daemon's log: values in place, quotes doubled.</summary>
    public string Display(SqlValues values)
    {
        StringBuilder text = new(_marked.Length + 32);
        foreach (char c in _marked)
        {
            _ = SqlPlaceholder.Is(c)
                ? text.Append(values[SqlPlaceholder.Variable(c)].Replace("'", "''", StringComparison.Ordinal))
                : text.Append(c);
        }

        return text.ToString();
    }

    private static Reading Read(SqlDialect dialect, string marked, SqlLexicalMode reading)
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

    /// <summary>Makes a statement from the parts that the dialect's lexer found.</summary>
    public SqlStatement(SqlDialect dialect, IReadOnlyList<SqlPart> parts)
    {
        (_dialect, _parts) = (dialect, parts);
        _values = [.. parts.Where(part => part.Place == SqlPlace.Value)];
        _fixedText = parts.All(part => part.Place is SqlPlace.Text or SqlPlace.Value) ? Compose(null, null) : null;
    }

    /// <summary>Its text is the same for all requests, and no value has a prefix (<c>N'..'</c>, <c>_latin1'..'</c>).</summary>
    public bool IsSameForAll => _fixedText is not null && _values.All(static value => value.Prefix == default);

    /// <summary>A value is, or is a part of, a name.</summary>
    public bool HasNames => _parts.Any(static part => part.Place is SqlPlace.Name or SqlPlace.QuotedName);

    /// <summary>Whether it contains a request's value.</summary>
    public bool Has(SqlVariable variable) => _parts.Any(part => part.Content.Contains(SqlPlaceholder.Of(variable)));

    /// <summary>See <see cref="SqlTemplate.Filled"/>.</summary>
    public IEnumerable<string> Filled(SqlValues values) => _values.Select(part => values.Fill(part.Content));

    /// <summary>Binds values as parameters.</summary>
    /// <exception cref="SqlRefusedException">A value cannot be used where the statement has a name or a number.</exception>
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
    /// <param name="quote">Makes the literal for a part from its filled text.</param>
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
            // Quoted, so that it cannot be read as a key word.
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
