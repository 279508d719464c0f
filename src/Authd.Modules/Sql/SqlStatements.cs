// The statements that an SQL module sends, made from its configuration file.
using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>All statements of one configuration, and the default domain.</summary>
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
        _select = Clause("SELECT_CLAUSE") ?? Select(table!, Field("MAILDIR_FIELD"));
        _selectCourier = Clause("SELECT_CLAUSE") ?? Select(table!, DefaultDelivery);
        Enumerate = Clause("ENUMERATE_CLAUSE") ?? EnumerateDefault(table!);
        ChangesByClause = Clause("CHPASS_CLAUSE") is not null;
        _changeBoth = Clause("CHPASS_CLAUSE");
        _changeHash = _changeBoth ?? Update(table!, hash: true, clear: false);
        _changeClear = _changeBoth ?? Update(table!, hash: false, clear: true);
        _changeBoth ??= Update(table!, hash: true, clear: true);
    }

    /// <summary>DEFAULT_DOMAIN, empty when there is none.</summary>
    public string DefaultDomain { get; }

    /// <summary>Lists all accounts.</summary>
    public SqlTemplate Enumerate { get; }

    /// <summary>CHPASS_CLAUSE is set: it gets the clear text and the hash, whatever the row had.</summary>
    public bool ChangesByClause { get; }

    /// <summary>Makes the statements.</summary>
    /// <exception cref="ConfigurationException">A required setting is missing or a clause cannot be used.</exception>
    public static SqlStatements Make(RcFile file, SqlKeys keys, SqlDialect dialect) => new(file, keys, dialect);

    /// <summary>Looks one account up; service <c>courier</c> asks for default delivery in place of the mailbox.</summary>
    public SqlTemplate Select(string service) => service == "courier" ? _selectCourier : _select;

    /// <summary>Sets a password where the row had one; <c>null</c> when no configured field is concerned.</summary>
    public SqlTemplate? Change(bool hash, bool clear) => (hash, clear) switch
    {
        (true, true) => _changeBoth,
        (true, false) => _changeHash,
        (false, true) => _changeClear,
        _ => null,
    };

    private string Key(string name) => _keys.Prefix + name;

    /// <summary>A field's expression; an explicit empty value is used as it is, as the C daemon does.</summary>
    private string Field(string name) => _file.Find(Key(name)) ?? name switch
    {
        "UID_FIELD" => "uid",
        "GID_FIELD" => "gid",
        "LOGIN_FIELD" => "id",
        "HOME_FIELD" => "home",
        "WHERE_CLAUSE" => "1=1",
        _ => NoField,
    };

    private string DefaultDelivery => _file.Find(Key(_keys.DefaultDelivery)) is null && _keys.DefaultDeliveryAlias is { } alias
        ? Field(alias) : Field(_keys.DefaultDelivery);

    private SqlTemplate? Clause(string name) => _file.Find(Key(name)) is { Length: > 0 } clause
        ? SqlTemplate.Make(_dialect, Key(name), SqlMark.Clause(clause), _file) : null;

    /// <summary>The table, which together with a password field is needed unless all three clauses are given.</summary>
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

    private SqlTemplate Select(string table, string seventh) => SqlTemplate.Make(
        _dialect,
        Key("WHERE_CLAUSE"),
        $"SELECT {Field("LOGIN_FIELD")}, {Field("CRYPT_PWFIELD")}, {Field("CLEAR_PWFIELD")}, {Field("UID_FIELD")}, "
        + $"{Field("GID_FIELD")}, {Field("HOME_FIELD")}, {seventh}, {Field("QUOTA_FIELD")}, {Field("NAME_FIELD")}, "
        + $"{Field("AUXOPTIONS_FIELD")} FROM {table} WHERE {Field("LOGIN_FIELD")} = '{SqlMark.Of(SqlVariable.User)}' "
        + $"AND ({Field("WHERE_CLAUSE")})",
        _file);

    private SqlTemplate EnumerateDefault(string table) => SqlTemplate.Make(
        _dialect,
        Key("WHERE_CLAUSE"),
        $"SELECT {Field("LOGIN_FIELD")}, {Field("UID_FIELD")}, {Field("GID_FIELD")}, {Field("HOME_FIELD")}, "
        + $"{Field("MAILDIR_FIELD")}, {Field("AUXOPTIONS_FIELD")} FROM {table} WHERE {Field("WHERE_CLAUSE")}",
        _file);

    private SqlTemplate? Update(string table, bool hash, bool clear)
    {
        List<string> assignments = [];
        Assign("CLEAR_PWFIELD", clear, SqlVariable.NewPassword);
        Assign("CRYPT_PWFIELD", hash, SqlVariable.NewHash);
        return assignments.Count == 0 ? null : SqlTemplate.Make(
            _dialect,
            Key("WHERE_CLAUSE"),
            $"UPDATE {table} SET {string.Join(", ", assignments)} WHERE {Field("LOGIN_FIELD")}='{SqlMark.Of(SqlVariable.User)}' "
            + $"AND ({Field("WHERE_CLAUSE")})",
            _file);

        void Assign(string key, bool wanted, SqlVariable value)
        {
            if (wanted && Field(key) is var field && field != NoField)
            {
                assignments.Add($"{field}='{SqlMark.Of(value)}'");
            }
        }
    }
}
