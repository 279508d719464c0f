// Custom clauses on a real server: every kind of place, sql_mode, character sets, several statements.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlClauseTests(MysqlFixture fixture)
{
    private const string Columns = "id, crypt, clear, uid, gid, home, maildir, quota, name, ''";

    private MysqlHost Host(string clauses) => new(fixture.Settings + "\n" + clauses);

    private async Task FindsAliceAsync(string where, string mode = "")
    {
        await using MysqlHost host = Host($"MYSQL_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE {where}");
        if (mode.Length > 0)
        {
            await fixture.Server.SqlAsync($"SET GLOBAL sql_mode='{mode}'");
        }

        try
        {
            AuthOutcome outcome = await host.LookupAsync("alice@example.com");
            Assert.Empty(host.Errors);
            Assert.Equal("alice@example.com", outcome.Account?.Address);
            foreach (string hostile in new[] { "' OR '1'='1", "\\' OR 1=1 -- ", "\" OR 1=1 #", "\xBF' OR 1=1 -- ", "x\\", "*/ OR 1=1" })
            {
                Assert.Equal(Verdict.Reject, (await host.LookupAsync(hostile)).Verdict);
            }

            Assert.Empty(host.Errors);
        }
        finally
        {
            await fixture.Server.SqlAsync("SET GLOBAL sql_mode=DEFAULT");
        }
    }

    [Theory]
    [InlineData("id = '$(local_part)@$(domain)'")]
    [InlineData("id = \"$(local_part)@$(domain)\"")]
    [InlineData("id = '$(local_part)\\@$(domain)'")]
    [InlineData("id = concat('$(local_part)', '@', '$(domain)') AND '$(service)' = 'imap'")]
    [InlineData("id = N'$(local_part)@$(domain)'")]
    [InlineData("id = _utf8mb4 '$(local_part)@$(domain)'")]
    [InlineData("id = _utf8mb4'$(local_part)@$(domain)' COLLATE utf8mb4_bin")]
    [InlineData("id LIKE '$(local_part)\\_example%' OR id = '$(local_part)@$(domain)'")]
    [InlineData("id = '$(local_part)@$(domain)' # who is '$(local_part)?")]
    [InlineData("id = '$(local_part)@$(domain)' -- who is '$(local_part)?")]
    [InlineData("`id` = '$(local_part)@$(domain)' /* it's $(service) */ /*!40000 AND 1=1 */;")]
    [InlineData("id = '$(local_part)' '@' \"$(domain)\"")]
    public Task A_variable_becomes_one_literal(string where) => FindsAliceAsync(where);

    [Theory]
    [InlineData("id = '$(local_part)@$(domain)' AND 'a\\' <> 'b'", "NO_BACKSLASH_ESCAPES")]
    [InlineData("\"id\" = '$(local_part)@$(domain)'", "ANSI_QUOTES")]
    [InlineData("\"id\" = '$(local_part)@$(domain)' AND 'a\\' <> 'b'", "ANSI,NO_BACKSLASH_ESCAPES")]
    public Task It_is_read_as_the_server_reads_it(string where, string mode) => FindsAliceAsync(where, mode);

    [Theory]
    [InlineData("gbk")]
    [InlineData("sjis")]
    [InlineData("big5")]
    [InlineData("cp932")]
    [InlineData("euckr")]
    [InlineData("binary")]
    public async Task No_byte_of_a_character_set_swallows_a_quote(string characterSet)
    {
        foreach (string mode in new[] { "DEFAULT", "'NO_BACKSLASH_ESCAPES'" })
        {
            await fixture.Server.SqlAsync($"SET GLOBAL sql_mode={mode}");
            await using MysqlHost host = Host($"MYSQL_CHARACTER_SET {characterSet}");
            Assert.Equal("alice@example.com", (await host.LookupAsync("alice")).Account?.Address);
            foreach (string lead in new[] { "\x81", "\xBF", "\xE0", "\xFF", "" })
            {
                foreach (string tail in new[] { "' OR 1=1 -- ", "\\' OR 1=1 -- ", "\\\\' OR 1=1 -- ", "\\", "\\' UNION SELECT 1 -- " })
                {
                    Assert.Equal(Verdict.Reject, (await host.LookupAsync(lead + tail)).Verdict);
                }
            }

            Assert.Empty(host.Errors);
        }

        await fixture.Server.SqlAsync("SET GLOBAL sql_mode=DEFAULT");
    }

    [Fact]
    public async Task Hostile_names_find_nobody()
    {
        await using MysqlHost host = Host("");
        string[] names =
        [
            "' OR 1=1 --", "\\' OR 1=1 --", "x'; DROP TABLE passwd; --", "\x01\x7F", "\xE9", "\xC3", "a\0b", "$(domain)", "`", "\"",
            "%", "_lice", new string('a', 8000), "@", "alice@", "alice@example.com@", "\xF0\x9F\x98\x80", "\xED\xA0\x80",
        ];
        Task<AuthOutcome>[] all =
        [
            .. Enumerable.Range(0, 10).SelectMany(_ => names.Select(name => host.LookupAsync(name))),
            .. Enumerable.Range(0, 50).Select(_ => host.LookupAsync("alice")),
        ];
        AuthOutcome[] outcomes = await Task.WhenAll(all);
        Assert.All(outcomes[..^50], outcome => Assert.Equal(Verdict.Reject, outcome.Verdict));
        Assert.All(outcomes[^50..], outcome => Assert.Equal("alice@example.com", outcome.Account?.Address));
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_name_place_takes_names_only()
    {
        await fixture.Server.SqlAsync("CREATE TABLE users_corp AS SELECT * FROM passwd");
        foreach (string place in new[] { "users_$(domain)", "`users_$(domain)`" })
        {
            await using MysqlHost host = Host($"MYSQL_SELECT_CLAUSE SELECT {Columns} FROM {place} WHERE id LIKE '$(local_part)@%'");
            Assert.Equal("alice@example.com", (await host.LookupAsync("alice@corp")).Account!.Address);
            Assert.Empty(host.Errors);
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@corp` WHERE false; DROP TABLE users_corp")).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@\xBF`")).Verdict);
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@corp")).Verdict);
        }
    }

    [Fact]
    public async Task Several_statements_need_their_flag_and_the_first_result_counts()
    {
        const string clause = "MYSQL_SELECT_CLAUSE SET @who='$(local_part)'; SELECT @who, '', 'x', 1, 1, '/h'; SELECT 'other'";
        await using MysqlHost without = Host(clause);
        Assert.Equal(Verdict.TempFail, (await without.LookupAsync("alice@x")).Verdict);
        Assert.Contains("You have an error in your SQL syntax", Assert.Single(without.Errors), StringComparison.Ordinal);

        await using MysqlHost with = new(
            fixture.Settings.Replace("MYSQL_OPT 0", "MYSQL_OPT 65536", StringComparison.Ordinal) + "\n" + clause);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("alice", (await with.LookupAsync("alice@x")).Account?.Address);
        }

        Assert.Empty(with.Errors);
    }

    [Fact]
    public async Task A_procedure_can_be_asked()
    {
        await fixture.Server.SqlAsync(
            "CREATE PROCEDURE account(who varchar(100)) SELECT id, crypt, clear, uid, gid, home FROM passwd WHERE id = who");
        await using MysqlHost host = Host("MYSQL_SELECT_CLAUSE CALL account('$(local_part)@$(domain)')");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("alice@example.com", (await host.LookupAsync("alice@example.com")).Account?.Address);
            Assert.Equal(Verdict.Reject, (await host.LookupAsync("nobody@example.com")).Verdict);
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Changing_and_listing_clauses_get_their_variables()
    {
        await fixture.Server.SqlAsync("CREATE TABLE mine AS SELECT * FROM passwd WHERE id LIKE 'both@%'");
        await using MysqlHost host = Host($"""
            MYSQL_SELECT_CLAUSE SELECT {Columns} FROM mine WHERE id = '$(local_part)@$(domain)'
            MYSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '$(domain)', '$(service)$(local_part)' FROM mine
            MYSQL_CHPASS_CLAUSE UPDATE mine SET clear='$(newpass)', crypt='$(newpass_crypt)' WHERE id='$(local_part)@$(domain)'
            """);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("both@example.com", "password", "it's"));
        Assert.Equal("it's", await fixture.Server.SqlAsync("SELECT clear FROM mine"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("both@example.com", "it's")).Verdict);
        Assert.Equal(["both@example.com 1003 1004 /home/both example.com enumerate*"], await host.ListAsync());
    }

    [Fact]
    public async Task A_statement_that_fails_or_gives_no_rows_is_a_temporary_failure_with_an_error_line()
    {
        await using MysqlHost wrong = Host("MYSQL_WHERE_CLAUSE nonsense = 1");
        Assert.Equal(Verdict.TempFail, (await wrong.LoginAsync("alice", "password")).Verdict);
        Assert.Contains("Unknown column 'nonsense'", Assert.Single(wrong.Errors), StringComparison.Ordinal);
        await Assert.ThrowsAsync<EnumerationFailedException>(wrong.ListAsync);

        await using MysqlHost none = Host("MYSQL_SELECT_CLAUSE UPDATE passwd SET uid = uid WHERE id = '$(local_part)'");
        Assert.Equal(Verdict.TempFail, (await none.LookupAsync("alice")).Verdict);
        Assert.Single(none.Errors);
    }

    [Theory]
    [InlineData("MYSQL_PORT 99999", "authmysqlrc:2: MYSQL_PORT: '99999' is no number from 0 to 65535")]
    [InlineData("MYSQL_OPT many", "authmysqlrc:2: MYSQL_OPT: 'many' is no number from 0 to 4294967295")]
    [InlineData("MYSQL_USERNAME\n", "authmysql: MYSQL_USERNAME not set in ")]
    [InlineData("MYSQL_DATABASE\n", "authmysql: MYSQL_DATABASE not set in ")]
    [InlineData("MYSQL_SERVER\n", "authmysql: MYSQL_SERVER nor MYSQL_SOCKET set in ")]
    [InlineData("MYSQL_SELECT_CLAUSE SELECT '$(local_part)", "authmysqlrc:2: MYSQL_SELECT_CLAUSE: unterminated '")]
    [InlineData("MYSQL_SELECT_CLAUSE SELECT 1 /*! $(local_part) */", "MYSQL_SELECT_CLAUSE: a variable cannot stand in a /*! or /*+ comment")]
    public async Task A_bad_file_is_told_once_by_line_and_key(string line, string problem)
    {
        await using MysqlHost host = new(line + "\n" + fixture.Settings);
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice", "password")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("alice", "password", "new")).Verdict);
        Assert.Contains(problem, Assert.Single(host.Errors), StringComparison.Ordinal);
        host.Write(fixture.Settings);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        host.Write("MYSQL_OPT x\n" + fixture.Settings);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }
}
