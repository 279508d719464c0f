// Hundreds of password changes by both daemons, each in a table of its own: afterwards the tables are the same.
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

/// <summary>Only forms of hashes that both keep; the others are in <see cref="PasswordChangeTests"/>.</summary>
public abstract class GeneratedChangeTests(SqlAccounts accounts)
{
    private const string Ssha = "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk";
    private const string Sha256 = "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=";
    private const string Clause =
        "P_CHPASS_CLAUSE UPDATE T SET clear='$(newpass)', crypt='$(newpass_crypt)' WHERE id='$(local_part)@$(domain)'";

    private const int Count = 60;

    private static readonly string[] Plain =
        ["plain@example.com", "per%s%n@example.com", "j\u00c3\u00bcrgen@example.com", "a b@example.com"];

    private static readonly string[] Hostile =
    [
        .. Plain, "o'neil", "''", "back\\slash", "\\'", "quo\"te", "$(domain)", "x'; DROP TABLE passwd; --",
        "x') OR ('1'='1", "at@two@signs",
        "@nolocal", "/*", "#",
    ];

    /// <summary>The C daemon does not escape names in a CHPASS_CLAUSE, so names that need it are left out there.</summary>
    [Theory]
    [InlineData(1, true, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, true)]
    [InlineData(4, true, true, Clause)]
    public async Task They_change_the_same(int seed, bool hash, bool clear, string clause = "")
    {
        string prefix = accounts.Usual[0][..accounts.Usual[0].IndexOf('_', StringComparison.Ordinal)];
        string[] names = clause.Length > 0 ? Plain : Hostile;
        foreach (string table in (string[])["change_c", "change_ours"])
        {
            IEnumerable<string> rows = names.Select((name, i) =>
                $"({accounts.Literal(name)}, {(hash ? $"'{(i % 2 == 0 ? Ssha : Sha256)}'" : "NULL")}, "
                + $"{(clear ? "'password'" : "NULL")}, {i + 1}, 7, '/h')");
            await accounts.SqlAsync($"""
                DROP TABLE IF EXISTS {table};
                CREATE TABLE {table} (id varchar(200), crypt text, clear text, uid integer, gid integer, home text);
                INSERT INTO {table} VALUES {string.Join(", ", rows)};
                """);
        }

        using CourierSite cSite = Site("change_c"), ourSite = Site("change_ours");
        await using DaemonPair pair = await DaemonPair.StartAsync(cSite, ourSite);
        await new GeneratedChanges(pair, seed).AssertSameAsync(names.ToDictionary(name => name, _ => "password"), Count);
        Assert.Equal(await ColumnsAsync("change_c"), await ColumnsAsync("change_ours"));

        CourierSite Site(string table) => accounts.NewSite(
        [
            .. ((string[])["P_USER_TABLE T", hash ? "P_CRYPT_PWFIELD crypt" : "", clear ? "P_CLEAR_PWFIELD clear" : "", clause])
                .Select(line => line.Replace("P_", prefix + "_", StringComparison.Ordinal)
                    .Replace(" T", " " + table, StringComparison.Ordinal)),
        ]);
    }

    private Task<string> ColumnsAsync(string table) =>
        accounts.SqlAsync($"SELECT id, substr(crypt, 1, 6), clear, uid, gid, home FROM {table} ORDER BY uid");
}
