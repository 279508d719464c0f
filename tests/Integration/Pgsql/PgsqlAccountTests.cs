// authpgsql's answers about accounts, and its own features: encodings, columns of any type.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlAccountTests(PgsqlFixture fixture) : SqlAccountTests("PGSQL")
{
    protected override string Settings => fixture.Settings;

    protected override string Options => PgsqlFixture.Options;

    protected override Verdict WithoutHome => Verdict.Reject;

    protected override Verdict LoginWithoutHome => Verdict.Accept;

    protected override bool ListsWithoutHome => false;

    protected override Task<string> SqlAsync(string sql) => fixture.Server.PsqlAsync(sql);

    private static string Wire(string text) => WireText.FromUnicode(text);

    [Fact]
    public async Task Names_and_passwords_are_bytes_in_the_databases_encoding()
    {
        await using PgsqlHost utf8 = new(fixture.Settings);
        Account found = (await utf8.LoginAsync(Wire("müller"), Wire("größe"))).Account!;
        Assert.Equal((Wire("müller@example.com"), Wire("/home/müller")), (found.Address, found.Home));
        Assert.Equal(Verdict.Reject, (await utf8.LookupAsync("m\xFCller")).Verdict);
        Assert.Empty(utf8.Errors);

        string latin1 = $"PGSQL_CONNECTION {fixture.Server.Conninfo} dbname=latin1\nPGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD clear";
        await using PgsqlHost plain = new(latin1);
        Assert.Equal("m\xFCller", (await plain.LoginAsync("m\xFCller", "gr\xF6\xDF" + "e")).Account!.Address);
        Assert.Equal(Verdict.Reject, (await plain.LookupAsync(Wire("müller"))).Verdict);

        await using PgsqlHost converted = new(latin1 + "\nPGSQL_CHARACTER_SET UTF8");
        Assert.Equal(Wire("müller"), (await converted.LoginAsync(Wire("müller"), Wire("größe"))).Account!.Address);
        Assert.Equal(Verdict.Reject, (await converted.LookupAsync(Wire("日本"))).Verdict);
        Assert.Contains("Debug: Using character set: UTF8", converted.Lines);
        Assert.Empty(converted.Errors);
    }

    [Theory]
    [InlineData("utf8")]
    [InlineData("Utf-8")]
    [InlineData("unicode")]
    [InlineData("latin1")]
    [InlineData("ISO-8859-15")]
    [InlineData("win1252")]
    public async Task A_character_set_by_another_name_is_set(string name)
    {
        await using PgsqlHost host = new($"{fixture.Settings}\nPGSQL_CHARACTER_SET {name}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Empty(host.Errors);
        Assert.Contains($"Debug: Using character set: {name}", host.Lines);
    }

    [Theory]
    [InlineData("nonsense", "using the server's")]
    public async Task A_character_set_that_is_none_is_reported_and_the_connection_used(string name, string reported)
    {
        await using PgsqlHost host = new($"{fixture.Settings}\nPGSQL_CHARACTER_SET {name}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal($"Err: Cannot set character set to \"{name}\", {reported}.", Assert.Single(host.Errors));
    }

    [Fact]
    public async Task Columns_of_any_type_come_as_their_text()
    {
        await fixture.Server.PsqlAsync("""
            CREATE EXTENSION IF NOT EXISTS citext;
            CREATE DOMAIN homedir AS text;
            CREATE TYPE kind AS ENUM ('Maildir', 'mbox');
            CREATE TABLE typed (id citext, crypt varchar(80), uid numeric, gid text, home homedir, maildir kind);
            INSERT INTO typed VALUES ('Carol', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 2001, '2002', '/home/carol', 'Maildir');
            """);
        await using PgsqlHost host = new($"""
            PGSQL_CONNECTION {fixture.Server.Conninfo}
            PGSQL_USER_TABLE typed
            PGSQL_CRYPT_PWFIELD crypt
            PGSQL_MAILDIR_FIELD maildir
            """);
        Account account = (await host.LoginAsync("cAROL", "password")).Account!;
        Assert.Equal(("Carol", 2001u, 2002u), (account.Address, account.Uid!.Value, account.Gid));
        Assert.Equal(("/home/carol", "Maildir"), (account.Home, account.Maildir));
    }
}
