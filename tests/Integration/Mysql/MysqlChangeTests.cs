// Password changes that MariaDB does not accept as sent, in its own ways: sql_mode, tables without transactions.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Authd.Tests.Integration.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlChangeTests(MysqlFixture fixture) : SqlChangeTests("MYSQL")
{
    private const string Stored = "$1$abcd1234$Kx528z52Ohx1JLSzliZmw0";

    protected override string Connection => fixture.Server.OverTcp;

    protected override string RefusingTrigger => """
        DELIMITER //
        CREATE TRIGGER refuse BEFORE UPDATE ON leak FOR EACH ROW BEGIN
            DECLARE said varchar(128);
            SET said = CONCAT('no good: ', NEW.clearpw, ' ', LOWER(NEW.clearpw));
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said;
        END //
        DELIMITER ;
        """;

    protected override string CuttingTrigger => "CREATE TRIGGER cut BEFORE UPDATE ON narrow FOR EACH ROW SET NEW.pw = LEFT(NEW.pw, {0});";

    protected override string NumberClause => "UPDATE leak SET num='$(newpass)' WHERE email='$(local_part)@$(domain)'";

    protected override string Join(string first, string second) => $"concat({first}, {second})";

    protected override Task<string> SqlAsync(string sql) => fixture.Server.SqlAsync(sql);

    /// <summary>docs/PASSWORDS.md's example.</summary>
    [Fact]
    public async Task App_passwords_may_have_a_table_of_their_own()
    {
        const string phone = "{SHA}9r5sqRCYTvBaI3oYDUZM64hHwUo=";
        await SqlAsync($"""
            DROP TABLE IF EXISTS main, app_passwords;
            CREATE TABLE main (id varchar(80), crypt varchar(140));
            CREATE TABLE app_passwords (id varchar(80), device varchar(80), hash varchar(140));
            INSERT INTO main VALUES ('ann', '{Stored}'), ('bob', '{Stored}');
            INSERT INTO app_passwords VALUES ('ann', 'phone', '{phone}'), ('ann', 'tablet', '{Stored}');
            """);
        await using ModuleHost host = new("authmysql", fixture.Server.OverSocket + """
            MYSQL_SELECT_CLAUSE SELECT id, CONCAT_WS(' ', crypt, (SELECT GROUP_CONCAT(hash SEPARATOR ' ') FROM app_passwords p \
                WHERE p.id = a.id)), '', 89, 89, '/h' FROM main a WHERE id = '$(local_part)'
            MYSQL_ENUMERATE_CLAUSE SELECT id, 89, 89, '/h', '', '' FROM main
            MYSQL_CHPASS_CLAUSE UPDATE main SET crypt = SUBSTRING_INDEX('$(newpass_crypt)', ' ', 1) WHERE id = '$(local_part)'
            """, "[passwords]\nhashes = 4\n", debug: 0);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", "phone")).Verdict);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "password", "newpass1"));
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann", "password", "newpass1"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", "newpass1")).Verdict);
        await SqlAsync("DELETE FROM app_passwords WHERE device = 'phone'");
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("ann", "phone")).Verdict);
        Assert.Empty(host.Lines);
        Assert.Equal("1\n0", await SqlAsync("SELECT crypt NOT LIKE '% %' FROM main WHERE id = 'ann'; SELECT COUNT(*) FROM app_passwords WHERE hash LIKE '% %'"));
    }

    /// <summary>The kind of vpopmail's tables, and the server's mode that ISPConfig requires.</summary>
    [Theory]
    [InlineData("InnoDB", "STRICT_TRANS_TABLES")]
    [InlineData("InnoDB", "NO_ENGINE_SUBSTITUTION")]
    [InlineData("MyISAM", "STRICT_TRANS_TABLES")]
    [InlineData("MyISAM", "NO_ENGINE_SUBSTITUTION")]
    public async Task A_narrow_column_never_locks_anybody_out(string engine, string mode)
    {
        string before = await SqlAsync("SELECT @@global.sql_mode");
        await SqlAsync($"""
            SET GLOBAL sql_mode='{mode}';
            DROP TABLE IF EXISTS vpopmail;
            CREATE TABLE vpopmail (pw_name char(32), pw_domain char(96), pw_passwd char(40), pw_dir char(160)) ENGINE={engine};
            INSERT INTO vpopmail VALUES ('ann', 'example.com', '{Stored}', '/d/ann'), ('bob', 'example.com', '{Stored}', '/d/bob');
            """);
        try
        {
            await using MysqlHost host = new(fixture.Server.OverSocket + """
                MYSQL_SELECT_CLAUSE SELECT CONCAT(pw_name,'@',pw_domain), pw_passwd, '', 89, 89, pw_dir FROM vpopmail \
                    WHERE pw_name='$(local_part)' AND pw_domain='$(domain)'
                MYSQL_ENUMERATE_CLAUSE SELECT pw_name, 89, 89, pw_dir, '', '' FROM vpopmail
                MYSQL_CHPASS_CLAUSE UPDATE vpopmail SET pw_passwd='$(newpass_crypt)' WHERE pw_name='$(local_part)' AND pw_domain='$(domain)'
                """, debug: 0);
            Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann@example.com", "password", "newpass1"));
            Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann@example.com", "newpass1")).Verdict);
            Assert.Equal(Stored, await SqlAsync("SELECT pw_passwd FROM vpopmail WHERE pw_name='bob'"));
            string warning = Assert.Single(host.Lines);
            Assert.Contains("the new password of 'ann@example.com' is stored as $1$ (34 bytes): ", warning, StringComparison.Ordinal);
            Assert.Contains("106 bytes ($6$)", warning, StringComparison.Ordinal);
            Assert.Contains(mode[0] == 'S' ? "Data too long for column 'pw_passwd'" : "column pw_passwd keeps 40", warning, StringComparison.Ordinal);

            await using MysqlHost strict = new(
                File.ReadAllText(host.RcPath), "[passwords]\nminimum = sha256crypt\n", debug: 0);
            Assert.Equal(Verdict.TempFail, (await strict.ChangeAsync("bob@example.com", "password", "newpass1")).Verdict);
            Assert.Equal(Stored, await SqlAsync("SELECT pw_passwd FROM vpopmail WHERE pw_name='bob'"));
        }
        finally
        {
            await SqlAsync($"SET GLOBAL sql_mode='{before}'");
        }
    }

    [Fact]
    public async Task A_clause_with_a_transaction_of_its_own_is_put_right_afterwards()
    {
        await SqlAsync($"""
            DROP TABLE IF EXISTS own;
            CREATE TABLE own (login varchar(80), pw varchar(200));
            INSERT INTO own VALUES ('ann', '{Stored}');
            """);
        await using MysqlHost host = new(
            fixture.Server.OverTcp.Replace("MYSQL_OPT 0", "MYSQL_OPT 65536", StringComparison.Ordinal) + """
            MYSQL_SELECT_CLAUSE SELECT login, pw, '', 7, 7, '/h' FROM own WHERE login='$(local_part)'
            MYSQL_ENUMERATE_CLAUSE SELECT login, 7, 7, '/h', '', '' FROM own
            MYSQL_CHPASS_CLAUSE START TRANSACTION; UPDATE own SET pw=LEFT('$(newpass_crypt)', 34) WHERE login='$(local_part)'; COMMIT
            """, "[passwords]\nminimum = sha512crypt\n", debug: 0);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("ann", "password", "newpass1")).Verdict);
        Assert.Equal(Stored, await SqlAsync("SELECT pw FROM own"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", "password")).Verdict);
    }
}
