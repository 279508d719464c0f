// Custom clauses on a real server: variables in every kind of place, several statements, statements that cannot be prepared.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlClauseTests(PgsqlFixture fixture)
{
    private const string Columns = "id, crypt, clear, uid, gid, home, maildir, quota, name, ''";

    private PgsqlHost Host(string clauses, string ini = "") => new(fixture.Settings + "\n" + clauses, ini);

    private async Task FindsAliceAsync(string select)
    {
        await using PgsqlHost host = Host("PGSQL_SELECT_CLAUSE " + select);
        for (int i = 0; i < 3; i++)
        {
            AuthOutcome outcome = await host.LookupAsync("alice@example.com");
            Assert.Empty(host.Errors);
            Assert.Equal("alice@example.com", outcome.Account?.Address);
            Assert.Equal(Verdict.Reject, (await host.LookupAsync("' OR '1'='1")).Verdict);
        }
    }

    [Theory]
    [InlineData("id = '$(local_part)@$(domain)'")]
    [InlineData("id = '$(local_part)@$(domain)';")]
    [InlineData("id = '$(local_part)' || '@$(domain)'")]
    [InlineData("split_part(id, '@', 1) = '$(local_part)' AND id LIKE '%$(domain)'")]
    [InlineData("id = E'$(local_part)\\x40$(domain)'")]
    [InlineData("id = U&'$(local_part)!0040$(domain)' UESCAPE '!'")]
    [InlineData("id = $q$$(local_part)@$(domain)$q$ -- who is $(local_part)?")]
    [InlineData("id = $(local_part) || '@' || $(domain)")]
    [InlineData("id = '$(local_part)@$(domain)'::varchar /* it's $(service) */")]
    [InlineData("id = lower('$(local_part)@$(domain)') AND '$(service)' = 'imap'")]
    [InlineData("id IN ('x', '$(local_part)@$(domain)') AND '$(unknown)' = ''")]
    public Task A_variable_in_a_literal_is_a_parameter(string where) => FindsAliceAsync($"SELECT {Columns} FROM passwd WHERE {where}");

    [Theory]
    [InlineData("id = concat('$(local_part)', '@$(domain)')")]
    [InlineData("id = format('%s@%s', '$(local_part)', '$(domain)')")]
    [InlineData("id = '$(local_part)@$(domain)' AND '$(service)' IS NOT NULL")]
    [InlineData("id = text '$(local_part)@$(domain)'")]
    public async Task What_cannot_be_prepared_goes_as_escaped_literals(string where)
    {
        await FindsAliceAsync($"SELECT {Columns} FROM passwd WHERE {where}");
        await using PgsqlHost host = Host($"PGSQL_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE {where}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("o'neil@example.com")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("back\\slash@example.com")).Verdict);
    }

    [Fact]
    public async Task Of_several_statements_the_last_one_counts()
    {
        await FindsAliceAsync("SET LOCAL app.who = '$(local_part)@$(domain)'; "
            + $"SELECT {Columns} FROM passwd WHERE id = current_setting('app.who')");
        await FindsAliceAsync($"WITH w AS (SELECT * FROM passwd) SELECT {Columns} FROM w WHERE id = '$(local_part)@$(domain)' ; ");
    }

    [Fact]
    public async Task A_look_up_without_rows_or_with_too_few_columns_is_a_failure_with_an_error_line()
    {
        await using PgsqlHost none = Host("PGSQL_SELECT_CLAUSE UPDATE passwd SET uid = uid WHERE id = '$(local_part)'");
        Assert.Equal(Verdict.TempFail, (await none.LookupAsync("alice")).Verdict);
        Assert.Single(none.Errors);
        await using PgsqlHost few = Host("PGSQL_SELECT_CLAUSE SELECT id, crypt FROM passwd WHERE id = '$(local_part)@$(domain)'");
        Assert.Equal(Verdict.TempFail, (await few.LookupAsync("alice@example.com")).Verdict);
        Assert.Contains("only 2 fields", Assert.Single(few.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_error_is_a_temporary_failure_and_the_servers_text_is_logged()
    {
        await using PgsqlHost host = Host("PGSQL_WHERE_CLAUSE nonsense = 1");
        Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice", "password")).Verdict);
        Assert.Contains("column \"nonsense\" does not exist", Assert.Single(host.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_place_takes_names_only()
    {
        await fixture.Server.PsqlAsync("CREATE TABLE users_corp AS SELECT * FROM passwd");
        await using PgsqlHost host = Host($"PGSQL_SELECT_CLAUSE SELECT {Columns} FROM users_$(domain) WHERE id LIKE '$(local_part)@%'");
        Assert.Equal("alice@example.com", (await host.LookupAsync("alice@CORP")).Account!.Address);
        Assert.Empty(host.Errors);
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@corp WHERE false; DROP TABLE users_corp")).Verdict);
        Assert.Single(host.Errors);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@corp")).Verdict);
    }

    [Fact]
    public async Task Changing_and_listing_clauses_get_their_variables()
    {
        await fixture.Server.PsqlAsync("""
            CREATE TABLE mine AS SELECT * FROM passwd WHERE id LIKE 'both@%';
            CREATE FUNCTION set_password(who text, word text, hash text) RETURNS text LANGUAGE sql
                AS 'UPDATE mine SET clear = word, crypt = hash WHERE id = who RETURNING id';
            """);
        await using PgsqlHost host = Host($"""
            PGSQL_SELECT_CLAUSE SELECT {Columns} FROM mine WHERE id = '$(local_part)@$(domain)'
            PGSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '$(domain)', '$(service)$(local_part)' FROM mine
            PGSQL_CHPASS_CLAUSE SELECT set_password('$(local_part)@$(domain)', '$(newpass)', '$(newpass_crypt)')
            """);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("both@example.com", "password", "it's"));
        Assert.Equal("it's", await fixture.Server.PsqlAsync("SELECT clear FROM mine"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("both@example.com", "it's")).Verdict);
        Assert.Equal(["both@example.com 1003 1004 /home/both example.com enumerate*"], await host.ListAsync());
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("both@example.com", "it's", "nul\0")).Verdict);
    }

    [Fact]
    public async Task A_table_that_changes_its_columns_under_a_prepared_statement_does_no_harm()
    {
        await fixture.Server.PsqlAsync("CREATE TABLE shifting AS SELECT * FROM passwd");
        await using PgsqlHost host = Host("PGSQL_USER_TABLE shifting\nPGSQL_SELECT_CLAUSE "
            + "SELECT id, crypt, clear, uid, gid, home, maildir FROM shifting WHERE id = '$(local_part)@example.com'");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await fixture.Server.PsqlAsync("ALTER TABLE shifting ALTER uid TYPE text");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Empty(host.Errors);
    }

    [Theory]
    [InlineData("prepare = yes")]
    [InlineData("prepare = no")]
    public async Task Hostile_names_find_nobody_together_or_alone(string ini)
    {
        await using PgsqlHost host = Host("", "[pgsql]\n" + ini);
        string[] names =
        [
            "' OR 1=1 --", "\\' OR 1=1 --", "x'; DROP TABLE passwd; --", "$$", "\x01\x7F", "\xE9", "\xC3", "a\0b", "$(domain)",
            "%", "_lice", new string('a', 8000), "@", "alice@", "alice@example.com@", "\uFFFD"[..0] + "é"[..1],
        ];
        IEnumerable<Task<AuthOutcome>> hostile = Enumerable.Range(0, 20).SelectMany(_ => names.Select(name => host.LookupAsync(name)));
        Task<AuthOutcome>[] all = [.. hostile, .. Enumerable.Range(0, 50).Select(_ => host.LookupAsync("alice"))];
        AuthOutcome[] outcomes = await Task.WhenAll(all);
        Assert.All(outcomes[..^50], outcome => Assert.Equal(Verdict.Reject, outcome.Verdict));
        Assert.All(outcomes[^50..], outcome => Assert.Equal("alice@example.com", outcome.Account?.Address));
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Errors_of_one_look_up_leave_those_beside_it_alone()
    {
        await using PgsqlHost host = Host($"PGSQL_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE id = '$(local_part)@example.com' "
            + "AND 1 / (1 - ('$(domain)' = 'bad')::int) = 1");
        await host.LookupAsync("alice@good");
        Task<AuthOutcome>[] all =
            [.. Enumerable.Range(0, 60).Select(i => host.LookupAsync(i % 7 == 3 ? "alice@bad" : "alice@good"))];
        AuthOutcome[] outcomes = await Task.WhenAll(all);
        Assert.All(outcomes.Index(), at => Assert.Equal(at.Index % 7 == 3 ? Verdict.TempFail : Verdict.Accept, at.Item.Verdict));
        Assert.All(host.Errors, line => Assert.Contains("division by zero", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plain_literals_with_backslash_escapes_are_read_as_the_server_reads_them()
    {
        string off = fixture.Settings.Replace(
            "dbname=postgres", "dbname=postgres options='-c standard_conforming_strings=off'", StringComparison.Ordinal);
        await using PgsqlHost host = new(
            $"{off}\nPGSQL_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE id = '$(local_part)\\@$(domain)' AND name <> 'it\\'s'");
        Assert.Equal("alice@example.com", (await host.LookupAsync("alice@example.com")).Account?.Address);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task The_file_is_read_again_when_it_changes_and_a_bad_one_leaves_the_old_in_use()
    {
        await using PgsqlHost host = Host("PGSQL_WHERE_CLAUSE 1=0");
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("alice")).Verdict);
        host.Write("PGSQL_CONNECTION nonsense");
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(host.Errors);
        host.Write(fixture.Settings);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Contains($"Debug: authpgsql: reloaded {host.RcPath}", host.Lines);
        File.Delete(host.RcPath);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal([$"Err: stat({host.RcPath}) failed: there is no such file; what was read of it before stays in use"], host.Errors[1..]);
    }

    [Fact]
    public async Task Without_a_usable_file_every_request_fails_for_the_time_being()
    {
        await using PgsqlHost host = new("PGSQL_USER_TABLE passwd");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice", "password")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("alice", "password", "new")).Verdict);
        await Assert.ThrowsAsync<EnumerationFailedException>(host.ListAsync);
        Assert.Equal($"Err: PGSQL_CONNECTION not found in {host.RcPath}", Assert.Single(host.Errors));
    }
}
