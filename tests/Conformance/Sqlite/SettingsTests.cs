// authsqliterc in many shapes.
using Authd.Tests.Conformance.Sql;
using Xunit;

namespace Authd.Tests.Conformance.Sqlite;

[Collection(SqliteGroup.Name)]
public sealed class SqliteSettingsTests(SqliteAccounts accounts) : SettingsTests(accounts)
{
    private const string Select = "SQLITE_SELECT_CLAUSE SELECT local||'@'||domain, pw, '', uid, gid, home";
    private static readonly string Usual = string.Concat(SqlAccounts.UsualOf("SQLITE_").Select(l => l + "\n"));

    /// <summary>A name for the case, and the lines of authsqliterc after the database.</summary>
    public static TheoryData<string, string> Settings => new()
    {
        { "usual", Usual },
        { "least", "SQLITE_USER_TABLE passwd\nSQLITE_CRYPT_PWFIELD crypt\n" },
        { "clear only", "SQLITE_USER_TABLE passwd\nSQLITE_CLEAR_PWFIELD clear\n" },
        { "default domain", Usual + "DEFAULT_DOMAIN example.com\n" },
        { "where", Usual + "SQLITE_WHERE_CLAUSE active = 1\n" },
        { "where with quote and semicolon", Usual + "SQLITE_WHERE_CLAUSE home <> ';''' AND active=1\n" },
        { "default delivery", Usual + "SQLITE_DEFAULTDELIVERY delivery\n" },
        {
            "expressions",
            "SQLITE_USER_TABLE passwd p\nSQLITE_CLEAR_PWFIELD p.clear\nSQLITE_LOGIN_FIELD p.id\nSQLITE_UID_FIELD 5000\nSQLITE_GID_FIELD p.gid + 0\n"
                + "SQLITE_HOME_FIELD p.home || '/x'\nSQLITE_NAME_FIELD upper(p.id)\nSQLITE_MAILDIR_FIELD p.home || '/' || coalesce(p.maildir, 'none')\n"
                + "SQLITE_QUOTA_FIELD (SELECT '5S')\nSQLITE_AUXOPTIONS_FIELD 'disableimap=' || active\n"
        },
        { "literals in double quotes",
            "SQLITE_USER_TABLE passwd\nSQLITE_CLEAR_PWFIELD \"password\"\nSQLITE_NAME_FIELD \"A 'quoted' name, x\"\n" },
        { "clause", Usual + Select + " FROM people WHERE local = '$(local_part)' AND domain = '$(domain)'\n" },
        { "clause with the whole name", Usual + Select
            + " FROM people WHERE local||'@'||domain = '$(local_part)@$(domain)'\n" },
        { "clause with a pattern", Usual + Select
            + " FROM people WHERE local = '$(local_part)' AND domain LIKE '%$(domain)%' ORDER BY home LIMIT 1\n" },
        { "clause with default domain", Usual + Select
            + " FROM people WHERE local='$(local_part)' AND domain='$(domain)'\nDEFAULT_DOMAIN example.com\n" },
        { "clause with the service", Usual + "SQLITE_SELECT_CLAUSE SELECT '$(service)', '', 'password', 1, 1, '/h', '$(local_part)', '$(domain)', '$(service)', 's=$(service)'\n" },
        { "clause with unknown variables", Usual + "SQLITE_SELECT_CLAUSE SELECT 'x$(nosuch)y', '', 'password', 1, 1, '/$', '$x', '$(newpass)', '$(newpass_crypt)|' WHERE '$(local_part)' <> ''\n" },
        { "clause with comments", Usual
            + "SQLITE_SELECT_CLAUSE SELECT 'u', '', /* it's */ 'password', 1, 1, '/h' WHERE '$(local_part)' <> '' -- it's a comment\n" },
        { "clause with quoted identifiers", Usual
            + "SQLITE_SELECT_CLAUSE SELECT '$(local_part)' AS [it's], '', 'password', 1, 1, '/h' AS `x'y`\n" },
        { "clause with numbers and blobs", Usual
            + "SQLITE_SELECT_CLAUSE SELECT 12.50, '', 123, 1, 1, x'2f68', 1e3, 4611686018427387904, 0.1 WHERE '$(local_part)' <> ''\n" },
        { "clause with a CTE", Usual + "SQLITE_SELECT_CLAUSE WITH u AS (SELECT * FROM people WHERE local = '$(local_part)') SELECT local, pw, '', uid, gid, home FROM u ORDER BY home LIMIT 1\n" },
        { "clause with twelve columns", Usual + "SQLITE_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h', 'M', 'Q', 'N', 'O=1', 'eleven', 'twelve'\n" },
        { "clause with nulls", Usual
            + "SQLITE_SELECT_CLAUSE SELECT NULL, NULL, 'password', 1, 1, '/h', NULL, NULL, NULL, NULL WHERE '$(local_part)' <> ''\n" },
        { "clause without rows", Usual + "SQLITE_SELECT_CLAUSE SELECT '', '', '', 1, 1, '/h' WHERE 0 AND '$(local_part)' <> ''\n" },
        { "several statements, the last with a row", Usual
            + "SQLITE_SELECT_CLAUSE SELECT 1 WHERE 0; SELECT '$(local_part)', '', 'password', 1, 1, '/h'\n" },
        { "several statements, the first with a row", Usual
            + "SQLITE_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h'; SELECT 1 WHERE 0;\n" },
        { "enumerate clause", Usual + "SQLITE_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '', 'o=1' FROM passwd WHERE id = 'bob' OR home = '' OR id = ''\n" },
        { "enumerate clause with variables", Usual + "SQLITE_ENUMERATE_CLAUSE SELECT 'x$(local_part)y$(domain)z$(service)', 1, 1, '/h', '', ''\nDEFAULT_DOMAIN example.com\n" },
        {
            "all three clauses, nothing else",
            "SQLITE_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h'\nSQLITE_ENUMERATE_CLAUSE SELECT 'e', 1, 1, '/h', '', ''\n"
                + "SQLITE_CHPASS_CLAUSE UPDATE people SET pw = pw WHERE 0 AND '$(local_part)' <> ''\n"
        },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public Task It_is_read_the_same(string name, string settings) => CheckAsync(name, settings);

    /// <inheritdoc/>
    protected override bool IsExpected(string line) => line is "ERR: Multiple rows returned" or "ERR: query aborted";
}
