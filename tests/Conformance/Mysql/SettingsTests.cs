// authmysqlrc in many shapes.
using Authd.Tests.Conformance.Sql;
using Xunit;

namespace Authd.Tests.Conformance.Mysql;

[Collection(MysqlGroup.Name)]
public sealed class MysqlSettingsTests(MysqlAccounts accounts) : SettingsTests(accounts)
{
    private const string Select = "MYSQL_SELECT_CLAUSE SELECT concat(local, '@', domain), pw, '', uid, gid, home";
    private static readonly string Usual = string.Concat(SqlAccounts.UsualOf("MYSQL_").Select(l => l + "\n"));

    /// <summary>A name for the case, and the lines of authmysqlrc after the connection.</summary>
    public static TheoryData<string, string> Settings => new()
    {
        { "usual", Usual },
        { "least", "MYSQL_USER_TABLE passwd\nMYSQL_CRYPT_PWFIELD crypt\n" },
        { "clear only", "MYSQL_USER_TABLE passwd\nMYSQL_CLEAR_PWFIELD clear\n" },
        { "default domain", Usual + "DEFAULT_DOMAIN example.com\n" },
        { "where", Usual + "MYSQL_WHERE_CLAUSE active = 1\n" },
        { "where with or", Usual + "MYSQL_WHERE_CLAUSE active = 0 OR id = 'bob'\n" },
        { "where with quote and semicolon", Usual + "MYSQL_WHERE_CLAUSE home <> ';\\'''' AND active=1\n" },
        { "default delivery", Usual + "MYSQL_DEFAULTDELIVERY_FIELD delivery\n" },
        {
            "expressions",
            "MYSQL_USER_TABLE passwd p\nMYSQL_CLEAR_PWFIELD p.clear\nMYSQL_LOGIN_FIELD p.id\nMYSQL_UID_FIELD 5000\nMYSQL_GID_FIELD p.gid + 0\n"
                + "MYSQL_HOME_FIELD concat(p.home, '/x')\nMYSQL_NAME_FIELD upper(p.id)\nMYSQL_MAILDIR_FIELD concat(p.home, \"/\", coalesce(p.maildir, 'none'))\n"
                + "MYSQL_QUOTA_FIELD (SELECT '5S')\nMYSQL_AUXOPTIONS_FIELD concat('disableimap=', active)\n"
        },
        { "continued lines", "MYSQL_USER_TABLE \\\n  passwd\nMYSQL_CLEAR_PWFIELD clear\nMYSQL_WHERE_CLAUSE active = \\\n   1 \\\n   AND id <> 'both'\n" },
        { "character set", Usual + "MYSQL_CHARACTER_SET utf8mb4\n" },
        { "character set by an old name", Usual + "MYSQL_CHARACTER_SET utf8\n" },
        { "latin1", Usual + "MYSQL_CHARACTER_SET latin1\nMYSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '', name FROM passwd WHERE id = 'text'\n" },
        { "unknown character set", Usual + "MYSQL_CHARACTER_SET nosuch\n" },
        { "clause", Usual + Select + " FROM people WHERE local = '$(local_part)' AND domain = '$(domain)'\n" },
        { "clause in double quotes", Usual + Select
            + " FROM people WHERE local = \"$(local_part)\" AND domain = \"$(domain)\";\n" },
        { "clause with the whole name", Usual + Select
            + " FROM people WHERE concat(local, '@', domain) = '$(local_part)@$(domain)'\n" },
        { "clause with a pattern", Usual + Select
            + " FROM people WHERE local = '$(local_part)' AND domain LIKE '%$(domain)%' ORDER BY home LIMIT 1\n" },
        { "clause with an escaped pattern", Usual + Select
            + " FROM people WHERE local = '$(local_part)' AND concat(domain, '_%') LIKE '$(domain)\\_\\%'\n" },
        { "clause with default domain", Usual + Select
            + " FROM people WHERE local='$(local_part)' AND domain='$(domain)'\nDEFAULT_DOMAIN example.com\n" },
        { "clause with the service", Usual + "MYSQL_SELECT_CLAUSE SELECT '$(service)', '', 'password', 1, 1, '/h', '$(local_part)', '$(domain)', '$(service)', 's=$(service)'\n" },
        { "clause with unknown variables", Usual + "MYSQL_SELECT_CLAUSE SELECT 'x$(nosuch)y', '', 'password', 1, 1, '/$', '$x', '$(newpass)', '$(newpass_crypt)|' FROM DUAL WHERE '$(local_part)' <> ''\n" },
        { "clause with comments", Usual
            + "MYSQL_SELECT_CLAUSE SELECT 'u', '', /* it's */ 'password', 1, 1, '/h' FROM DUAL WHERE '$(local_part)' <> '' # it's a comment\n" },
        { "clause with code in a comment", Usual
            + "MYSQL_SELECT_CLAUSE SELECT 'u', '', 'password', 1, /*!50000 1, '/h' */ FROM DUAL WHERE '$(local_part)' <> '' /*!999999 syntax error */\n" },
        { "clause with a quoted identifier", Usual
            + "MYSQL_SELECT_CLAUSE SELECT '$(local_part)' AS `it's`, '', 'password', 1, 1, '/h'\n" },
        { "clause with numbers", Usual
            + "MYSQL_SELECT_CLAUSE SELECT 12.50, '', 123, 1, 1, '/h', true, 1e3, date('2020-01-01'), 0x41 FROM DUAL WHERE '$(local_part)' <> ''\n" },
        { "clause with a CTE", Usual + "MYSQL_SELECT_CLAUSE WITH u AS (SELECT * FROM people WHERE local = '$(local_part)') SELECT local, pw, '', uid, gid, home FROM u ORDER BY home\n" },
        { "clause with twelve columns", Usual + "MYSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h', 'M', 'Q', 'N', 'O=1', 'eleven', 'twelve'\n" },
        { "clause with nulls", Usual
            + "MYSQL_SELECT_CLAUSE SELECT NULL, NULL, 'password', 1, 1, '/h', NULL, NULL, NULL, NULL FROM DUAL WHERE '$(local_part)' <> ''\n" },
        { "clause without rows", Usual + "MYSQL_SELECT_CLAUSE SELECT '', '', '', 1, 1, '/h' FROM DUAL WHERE false AND '$(local_part)' <> ''\n" },
        { "enumerate clause", Usual + "MYSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '', 'o=1' FROM passwd WHERE id = 'bob' OR home = '' OR id = ''\n" },
        { "enumerate clause with variables", Usual + "MYSQL_ENUMERATE_CLAUSE SELECT 'x$(local_part)y$(domain)z$(service)', 1, 1, '/h', '', ''\nDEFAULT_DOMAIN example.com\n" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public Task It_is_read_the_same(string name, string settings) => CheckAsync(name, settings);
}
