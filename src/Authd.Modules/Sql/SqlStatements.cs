using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>All statements of one configuration file of an SQL module, and the default domain.</summary>
public sealed class SqlStatements
{
    private const string NoField = "''";
    private readonly RcFile _file;
    private readonly SqlKeys _keys;
    private readonly SqlDialect _dialect;
    private readonly SqlTemplate _select;
    private readonly SqlTemplate _selectCourier;
    private readonly SqlTemplate? _changeHash;
    private readonly SqlTemplate? _changeClear;
    private readonly SqlTemplate? _changeBoth;

    private SqlStatements(RcFile file, SqlKeys keys, SqlDialect dialect)
    {
        (_file, _keys, _dialect) = (file, keys, dialect);
        DefaultDomain = file.Find(SqlKeys.DefaultDomain) ?? "";
        string? table = RequireFields();
        _select = Clause("SELECT_CLAUSE") ?? Select(table!, "MAILDIR_FIELD");
        _selectCourier = Clause("SELECT_CLAUSE") ?? Select(table!, _keys.DefaultDelivery);
        Enumerate = Clause("ENUMERATE_CLAUSE", isOneAccounts: false) ?? EnumerateDefault(table!);
        ChangesByClause = Clause("CHPASS_CLAUSE") is not null;
        _changeBoth = Clause("CHPASS_CLAUSE");
        _changeHash = _changeBoth ?? Update(table!, hash: true, clear: false);
        _changeClear = _changeBoth ?? Update(table!, hash: false, clear: true);
        _changeBoth ??= Update(table!, hash: true, clear: true);
    }

    /// <summary>DEFAULT_DOMAIN, empty when it is not set.</summary>
    public string DefaultDomain { get; }

    /// <summary>Lists all accounts.</summary>
    public SqlTemplate Enumerate { get; }

    /// <summary>CHPASS_CLAUSE is set: it gets the clear text and the hash, whatever the row had.</summary>
    public bool ChangesByClause { get; }

    /// <summary>Makes the statements.</summary>
    /// <exception cref="ConfigurationException">A required setting is missing or a clause cannot be used.</exception>
    public static SqlStatements Make(RcFile file, SqlKeys keys, SqlDialect dialect) => new(file, keys, dialect);

    /// <summary>Looks up an account; service <c>courier</c> asks for default delivery in place of the mailbox.</summary>
    public SqlTemplate Select(string service) => service == "courier" ? _selectCourier : _select;

    /// <summary>All statements, each once.</summary>
    public IEnumerable<SqlTemplate> All =>
        new[] { _select, _selectCourier, Enumerate, _changeBoth, _changeHash, _changeClear }.OfType<SqlTemplate>().Distinct();

    /// <summary>Whether a statement of these sets a password.</summary>
    public bool IsChange(SqlTemplate template) => template == _changeBoth || template == _changeHash || template == _changeClear;

    /// <summary>Sets the passwords that the row had; <c>null</c> when that concerns no configured field.</summary>
    public SqlTemplate? Change(bool hash, bool clear) => (hash, clear) switch
    {
        (true, true) => _changeBoth,
        (true, false) => _changeHash,
        (false, true) => _changeClear,
        _ => null,
    };

    /// <summary>The place of a new hash or clear text, in words for the log.</summary>
    public string Place(bool hash)
    {
        SqlVariable variable = hash ? SqlVariable.NewHash : SqlVariable.NewPassword;
        return _changeBoth?.ColumnOf(variable) is { } column
            ? $"column {column}" : ChangesByClause ? $"what {ChangeKey} writes" : "the password's column";
    }

    /// <summary>The file that they are made of.</summary>
    public string Path => _file.Path;

    /// <summary>The full name of CHPASS_CLAUSE.</summary>
    public string ChangeKey => Key("CHPASS_CLAUSE");

    private string Key(string name) => _keys.Prefix + name;

    /// <summary>A field's expression; an explicit empty value is used unchanged, as in the C daemon.</summary>
    private string Field(string name) => _file.Find(Key(name)) ?? name switch
    {
        "USER_TABLE" => "",
        "UID_FIELD" => "uid",
        "GID_FIELD" => "gid",
        "LOGIN_FIELD" => "id",
        "HOME_FIELD" => "home",
        "WHERE_CLAUSE" => "1=1",
        _ => NoField,
    };

    private SqlTemplate? Clause(string name, bool isOneAccounts = true)
    {
        if (_file.Find(Key(name)) is not { Length: > 0 } clause)
        {
            return null;
        }

        SqlTemplate template = SqlTemplate.Make(_dialect, Key(name), SqlPlaceholder.Clause(clause), _file);
        if (isOneAccounts && !template.Has(SqlVariable.LocalPart))
        {
            throw _file.Bad(Key(name), "there is no $(local_part) in it, so that it would mean the same rows for every user; "
                + "does a line of it lack the \\ at its end?");
        }

        return template;
    }

    /// <summary>The table, which is required together with a password field unless all three clauses are given.</summary>
    private string? RequireFields()
    {
        string[] clauses = ["SELECT_CLAUSE", "ENUMERATE_CLAUSE", "CHPASS_CLAUSE"];
        if (clauses.All(clause => _file.Find(Key(clause)) is { Length: > 0 }))
        {
            return null;
        }

        string table = _file.Require(Key("USER_TABLE"));
        if (_file.Find(Key("CLEAR_PWFIELD")) is null)
        {
            _file.Require(Key("CRYPT_PWFIELD"));
        }

        return table;
    }

    private SqlTemplate Select(string table, string delivery)
    {
        // Named by what the file has, where it has one of both names.
        string seventh = delivery == "MAILDIR_FIELD" || _file.Find(Key(delivery)) is not null ? delivery : _keys.DefaultDeliveryAlias ?? delivery;
        return Make(
            ["USER_TABLE", "LOGIN_FIELD", "CRYPT_PWFIELD", "CLEAR_PWFIELD", "UID_FIELD", "GID_FIELD", "HOME_FIELD", seventh,
                "QUOTA_FIELD", "NAME_FIELD", "AUXOPTIONS_FIELD", "WHERE_CLAUSE"],
            $"SELECT {Field("LOGIN_FIELD")}, {Field("CRYPT_PWFIELD")}, {Field("CLEAR_PWFIELD")}, {Field("UID_FIELD")}, "
            + $"{Field("GID_FIELD")}, {Field("HOME_FIELD")}, {Field(seventh)}, {Field("QUOTA_FIELD")}, {Field("NAME_FIELD")}, "
            + $"{Field("AUXOPTIONS_FIELD")} FROM {table} WHERE {Field("LOGIN_FIELD")} = '{SqlPlaceholder.Of(SqlVariable.User)}' "
            + $"AND ({Field("WHERE_CLAUSE")})");
    }

    private SqlTemplate EnumerateDefault(string table) => Make(
        ["USER_TABLE", "LOGIN_FIELD", "UID_FIELD", "GID_FIELD", "HOME_FIELD", "MAILDIR_FIELD", "AUXOPTIONS_FIELD", "WHERE_CLAUSE"],
        $"SELECT {Field("LOGIN_FIELD")}, {Field("UID_FIELD")}, {Field("GID_FIELD")}, {Field("HOME_FIELD")}, "
        + $"{Field("MAILDIR_FIELD")}, {Field("AUXOPTIONS_FIELD")} FROM {table} WHERE {Field("WHERE_CLAUSE")}");

    private SqlTemplate? Update(string table, bool hash, bool clear)
    {
        List<string> keys = ["USER_TABLE", "LOGIN_FIELD", "WHERE_CLAUSE"];
        List<string> assignments = [];
        Assign("CLEAR_PWFIELD", clear, SqlVariable.NewPassword);
        Assign("CRYPT_PWFIELD", hash, SqlVariable.NewHash);
        return assignments.Count == 0 ? null : Make(
            keys,
            $"UPDATE {table} SET {string.Join(", ", assignments)} WHERE {Field("LOGIN_FIELD")}='{SqlPlaceholder.Of(SqlVariable.User)}' "
            + $"AND ({Field("WHERE_CLAUSE")})");

        void Assign(string key, bool wanted, SqlVariable value)
        {
            if (wanted && Field(key) is var field && field != NoField)
            {
                assignments.Add($"{field}='{SqlPlaceholder.Of(value)}'");
                keys.Add(key);
            }
        }
    }

    /// <summary>A statement that is made of several settings.</summary>
    private SqlTemplate Make(IReadOnlyList<string> keys, string marked) => SqlTemplate.Make(
        _dialect, marked, new SqlOrigin(_file, [.. keys.Select(key => (Key(key), Field(key)))]), Key("WHERE_CLAUSE"));
}
