// authpgsqlrc in many shapes: each shape on a pair of daemons of its own, the same questions to all.
using Authd.Tests.Conformance.Sql;
using Xunit;

namespace Authd.Tests.Conformance.Pgsql;

[Collection(PgsqlGroup.Name)]
public sealed class PgsqlSettingsTests(PgsqlAccounts accounts) : SettingsTests(accounts)
{
    private static readonly string Usual = string.Concat(SqlAccounts.UsualOf("PGSQL_").Select(l => l + "\n"));

    private static readonly string Select = Usual + "PGSQL_SELECT_CLAUSE SELECT local||'@'||domain, pw, '', uid, gid, home";

    /// <summary>A name for the case, and the lines of authpgsqlrc after the connection.</summary>
    public static TheoryData<string, string> Settings => new()
    {
        { "usual", Usual },
        { "least", "PGSQL_USER_TABLE passwd\nPGSQL_CRYPT_PWFIELD crypt\n" },
        { "clear only", "PGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD clear\n" },
        { "default domain", Usual + "DEFAULT_DOMAIN example.com\n" },
        { "default domain with a quote", Usual + "DEFAULT_DOMAIN ex'ample.com\n" },
        { "old name of the default domain", Usual + "PGSQL_DEFAULT_DOMAIN example.com\n" },
        { "where", Usual + "PGSQL_WHERE_CLAUSE active = 1\n" },
        { "where with or", Usual + "PGSQL_WHERE_CLAUSE active = 0 OR id = 'bob'\n" },
        { "where with quote and semicolon", Usual + "PGSQL_WHERE_CLAUSE home <> ';''' AND active=1\n" },
        { "where with a comment", Usual + "PGSQL_WHERE_CLAUSE active = 1 /* ' */\n" },
        { "default delivery", Usual + "PGSQL_DEFAULTDELIVERY delivery\n" },
        { "default delivery literal", Usual + "PGSQL_DEFAULTDELIVERY '|/usr/bin/maildrop'\n" },
        {
            "expressions",
            "PGSQL_USER_TABLE passwd p\nPGSQL_CLEAR_PWFIELD p.clear\nPGSQL_LOGIN_FIELD p.id\nPGSQL_UID_FIELD 5000\nPGSQL_GID_FIELD p.gid + 0\n"
                + "PGSQL_HOME_FIELD p.home || '/x'\nPGSQL_NAME_FIELD upper(p.id)\nPGSQL_MAILDIR_FIELD concat(p.home, '/', coalesce(p.maildir, 'none'))\n"
                + "PGSQL_QUOTA_FIELD (SELECT '5S')\nPGSQL_AUXOPTIONS_FIELD 'disableimap=' || active\n"
        },
        { "join", "PGSQL_USER_TABLE passwd JOIN (SELECT 1 AS one) x ON x.one = active\nPGSQL_CLEAR_PWFIELD clear\n" },
        { "text literals as fields",
            "PGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD 'password'\nPGSQL_NAME_FIELD 'A ''quoted'' name, x'\n" },
        { "continued lines", "PGSQL_USER_TABLE \\\n  passwd\nPGSQL_CLEAR_PWFIELD clear\nPGSQL_WHERE_CLAUSE active = \\\n   1 \\\n   AND id <> 'both'\n" },
        { "first of two counts", "PGSQL_USER_TABLE passwd\nPGSQL_USER_TABLE nosuch\nPGSQL_CLEAR_PWFIELD clear\n" },
        { "unknown keys", Usual + "PGSQL_DATABASE template1\nPGSQL_NOSUCH x\nmysql_server y\n" },
        { "carriage returns", "PGSQL_USER_TABLE passwd\r\nPGSQL_CLEAR_PWFIELD clear\r\n" },
        { "character set", Usual + "PGSQL_CHARACTER_SET UTF8\n" },
        { "character set in lower case", Usual + "PGSQL_CHARACTER_SET utf8\n" },
        { "latin1", Usual + "PGSQL_CHARACTER_SET LATIN1\nPGSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '', name FROM passwd WHERE id = 'text'\n" },
        { "clause", Select + " FROM people WHERE local = '$(local_part)' AND domain = '$(domain)'\n" },
        { "clause ending in a semicolon", Select
            + " FROM people WHERE local = '$(local_part)' AND domain = '$(domain)';\n" },
        { "clause with the whole name", Select + " FROM people WHERE local||'@'||domain = '$(local_part)@$(domain)'\n" },
        { "clause with a pattern", Select
            + " FROM people WHERE local = '$(local_part)' AND domain LIKE '%$(domain)%' ORDER BY home LIMIT 1\n" },
        { "clause with default domain", Select
            + " FROM people WHERE local='$(local_part)' AND domain='$(domain)'\nDEFAULT_DOMAIN example.com\n" },
        { "clause with the service", Usual + "PGSQL_SELECT_CLAUSE SELECT '$(service)', '', 'password', 1, 1, '/h', '$(local_part)', '$(domain)', '$(service)', 's=$(service)'\n" },
        { "clause with unknown variables", Usual + "PGSQL_SELECT_CLAUSE SELECT 'x$(nosuch)y', '', 'password', 1, 1, '/$', '$x', '$(newpass)', '$(newpass_crypt)|' WHERE '$(local_part)' <> ''\n" },
        { "clause with an open variable", Usual
            + "PGSQL_SELECT_CLAUSE SELECT 'u', '', 'password', 1, 1, '/h' WHERE '$(local_part)' <> '' -- $(local_part\n" },
        { "clause with a comment", Usual
            + "PGSQL_SELECT_CLAUSE SELECT 'u', '', 'password', 1, 1, '/h' WHERE '$(local_part)' <> '' -- it's a comment\n" },
        { "clause with dollar quotes", Usual
            + "PGSQL_SELECT_CLAUSE SELECT $$it's$$, '', $q$password$q$, 1, 1, '/h' WHERE '$(local_part)' <> ''\n" },
        { "clause with an escape string", Usual
            + "PGSQL_SELECT_CLAUSE SELECT E'a\\'b', '', 'password', 1, 1, '/h' WHERE '$(local_part)' <> ''\n" },
        { "clause with a quoted identifier", Usual
            + "PGSQL_SELECT_CLAUSE SELECT '$(local_part)' AS \"it's\", '', 'password', 1, 1, '/h'\n" },
        { "clause with casts", Usual + "PGSQL_SELECT_CLAUSE SELECT '$(local_part)'::varchar(3), '', 'password', 1::smallint, '1'::bigint, '/h'::char(5), NULL::text\n" },
        { "clause with numbers", Usual
            + "PGSQL_SELECT_CLAUSE SELECT 12.50, '', 123, 1.0::int, 1, '/h', true, 1e3, now() < now(), ARRAY[1,2] WHERE '$(local_part)' <> ''\n" },
        { "clause with a CTE", Usual + "PGSQL_SELECT_CLAUSE WITH u AS (SELECT * FROM people WHERE local = '$(local_part)') SELECT local, pw, '', uid, gid, home FROM u ORDER BY home\n" },
        { "clause with all ten columns", Usual + "PGSQL_SELECT_CLAUSE SELECT id, crypt, clear, uid, gid, home, maildir, quota, name, options FROM passwd WHERE id = '$(local_part)@$(domain)'\n" },
        { "clause with twelve columns", Usual + "PGSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h', 'M', 'Q', 'N', 'O=1', 'eleven', 'twelve'\n" },
        { "clause with seven columns", Usual
            + "PGSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h', 'M'\n" },
        { "clause with nulls", Usual
            + "PGSQL_SELECT_CLAUSE SELECT NULL, NULL, 'password', 1, 1, '/h', NULL, NULL, NULL, NULL WHERE '$(local_part)' <> ''\n" },
        { "clause without rows", Usual + "PGSQL_SELECT_CLAUSE SELECT '', '', '', 1, 1, '/h' WHERE false AND '$(local_part)' <> ''\n" },
        { "several statements", Usual
            + "PGSQL_SELECT_CLAUSE SET LOCAL search_path TO public; SELECT '$(local_part)', '', 'password', 1, 1, '/h'\n" },
        { "enumerate clause", Usual + "PGSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '', 'o=1' FROM passwd WHERE id = 'bob' OR home = '' OR id = ''\n" },
        { "enumerate clause with variables", Usual + "PGSQL_ENUMERATE_CLAUSE SELECT 'x$(local_part)y$(domain)z$(service)', 1, 1, '/h', '', ''\nDEFAULT_DOMAIN example.com\n" },
        { "empty clauses", Usual + "PGSQL_SELECT_CLAUSE\nPGSQL_ENUMERATE_CLAUSE\nPGSQL_CHPASS_CLAUSE\n" },
        {
            "all three clauses, nothing else",
            "PGSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h'\nPGSQL_ENUMERATE_CLAUSE SELECT 'e', 1, 1, '/h', '', ''\n"
                + "PGSQL_CHPASS_CLAUSE UPDATE people SET pw = pw WHERE false AND '$(local_part)' <> ''\n"
        },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public Task It_is_read_the_same(string name, string settings) => CheckAsync(name, settings);
}
