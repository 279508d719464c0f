// Hostile input in every place for it in a clause, on a real server: it finds no user, and changes nothing.
using Authd.Core;
using Authd.Tests.Integration.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlHostileTests(string prefix)
{
    private const string Columns = "id, crypt, clear, uid, gid, home";
    private const string Alice = "alice@example.com";
    private const int Count = 300;
    private const int MostPieces = 5;

    private static readonly string[] Pieces =
    [
        "'", "''", "\"", "\\", "\\'", "`", "]", "[", ";", "--", "-- ", "#", "/*", "*/", "(", ")", "@", ", ", "=", " ",
        "\n", "\t", "\u0001", "\0", "$$", "$q$",
        "$1", "?", "?1", ":x", "@x", "$(domain)", "E'", "U&'", "X'", "0x", "\u00bf", "\u00bf'", "\u00c3", "\u00c3\u00bc",
        "\u00ff", " OR 1=1", "' OR '1'='1",
        "\" OR \"1\"=\"1", "OR id LIKE '%", "UNION SELECT", "DROP TABLE passwd", "id", "alice", "NULL", "/*!", "!", "{",
        "}", "x",
    ];

    /// <summary>Conditions for a row; all are false for a name that is not the row's.</summary>
    private static readonly string[] Places =
    [
        "id = '$(local_part)@$(domain)'",
        "id = '$(local_part)' OR id = '$(domain)' OR id = '$(local_part)@$(domain)'",
        "id = $(local_part) OR $(domain) = id",
        "id IN ('-', '$(domain)', coalesce($(local_part), '-'), '$(service)$(local_part)')",
        "id = '$(local_part)@$(domain)' /* $(local_part) */ -- $(domain) $(service)",
        "id = 'x$(local_part)' AND uid = 1$(domain)",
        "id = '$(local_part)' AND EXISTS (SELECT 1 FROM passwd_$(domain))",
    ];

    /// <summary>The settings of <see cref="SqlPeople.Fields"/> with the connection.</summary>
    protected abstract string Settings { get; }

    /// <summary>Runs SQL beside the module.</summary>
    protected abstract Task<string> SqlAsync(string sql);

    public static TheoryData<int> PlaceNumbers => [.. Enumerable.Range(0, Places.Length)];

    private ModuleHost Host(string clauses, string fields = "") => new(
        $"auth{prefix.ToLowerInvariant()}",
        $"{Settings.Replace("DEFAULT_DOMAIN example.com", fields, StringComparison.Ordinal)}\n{clauses}", "", debug: 0);

    [Theory]
    [MemberData(nameof(PlaceNumbers))]
    public async Task A_name_finds_nobody_but_who_is_called_so(int place)
    {
        await using ModuleHost host = Host($"{prefix}_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE {Places[place]}");
        await SqlAsync("DROP TABLE IF EXISTS passwd_7; CREATE TABLE passwd_7 AS SELECT * FROM passwd");
        string before = await RowsAsync("passwd");
        Random random = new(place);
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, Count).Select(i =>
            host.LoginAsync(i % 2 == 0 ? Hostile(random) : $"{Hostile(random).Replace('@', 'a')}@7", "password", Hostile(random))));
        Assert.All(outcomes, outcome => Assert.NotEqual(Verdict.Accept, outcome.Verdict));
        Assert.Contains(outcomes, outcome => outcome.Verdict == Verdict.Reject);
        Assert.DoesNotContain(host.Lines, line => line.Contains("syntax", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(before, await RowsAsync("passwd"));
    }

    [Fact]
    public async Task A_service_and_a_default_domain_are_values()
    {
        await using ModuleHost host = Host(
            $"{prefix}_SELECT_CLAUSE SELECT {Columns} FROM passwd "
            + "WHERE id = '$(local_part)@example.com' AND '$(domain)' <> '$(service)'",
            "DEFAULT_DOMAIN ' OR '1'='1");
        Random random = new(1);
        foreach (string service in Enumerable.Range(0, Count).Select(_ => Hostile(random)).Where(IsAscii))
        {
            Assert.Equal(Alice, (await host.LookupAsync("alice", service)).Account?.Address);
            Assert.Equal(Verdict.Reject, (await host.LookupAsync("nobody", service)).Verdict);
        }

        Assert.Empty(host.Errors);
    }

    /// <summary>A user chooses a password and may have chosen the name; neither must change another row.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("CHPASS_CLAUSE UPDATE hostile SET clear='$(newpass)', crypt='$(newpass_crypt)' WHERE id='$(local_part)@$(domain)'")]
    [InlineData("CHPASS_CLAUSE UPDATE hostile SET clear=$(newpass), crypt=$(newpass_crypt) WHERE id='$(local_part)@$(domain)' -- "
        + "$(newpass)")]
    public async Task A_change_changes_one_row(string clause)
    {
        string[] names = ["o'neil@x", "x' OR '1'='1@x", "a'; DROP TABLE hostile; --@x", "q\"q@x", "$(newpass)@x", "a@x' OR ''='"];
        string rows = string.Concat(names.Select(
            name => $", ('{name.Replace("'", "''", StringComparison.Ordinal)}', '{SqlPeople.Sha}', 'password', 7, 7, '/h')"));
        await SqlAsync($"""
            DROP TABLE IF EXISTS hostile;
            CREATE TABLE hostile AS SELECT {Columns} FROM passwd WHERE id = '{Alice}';
            INSERT INTO hostile VALUES ('victim@x', '{SqlPeople.Sha}', 'password', 8, 8, '/v'){rows};
            """);
        string others = await OthersAsync();
        await using ModuleHost host = new(
            $"auth{prefix.ToLowerInvariant()}",
            Settings.Replace("TABLE passwd", "TABLE hostile", StringComparison.Ordinal)
                + $"\n{prefix}_SELECT_CLAUSE SELECT {Columns} FROM hostile WHERE id = '$(local_part)@$(domain)'"
                + (clause.Length == 0 ? "" : $"\n{prefix}_{clause}"),
            "", debug: 0);
        Random random = new(2);
        int changed = 0;
        foreach (string name in names)
        {
            string password = "password";
            for (int i = 0; i < 15; i++)
            {
                string fresh = string.Concat(Hostile(random).Where(c => c >= ' ')); // as in the protocol
                AuthOutcome outcome = await host.ChangeAsync(name, password, fresh);
                if (outcome == AuthOutcome.Changed)
                {
                    password = fresh;
                    changed++;
                }

                Assert.Equal(Verdict.Accept, (await host.LoginAsync(name, password)).Verdict);
            }
        }

        Assert.InRange(changed, names.Length, names.Length * 15);
        Assert.Equal(others, await OthersAsync());

        Task<string> OthersAsync() => RowsAsync("hostile", $"WHERE id IN ('victim@x', '{Alice}')");
    }

    private static bool IsAscii(string text) => System.Text.Ascii.IsValid(text) && !text.Contains('\0', StringComparison.Ordinal);

    private static string Hostile(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, MostPieces + 1)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private Task<string> RowsAsync(string table, string where = "") =>
        SqlAsync("SELECT id, coalesce(crypt, '-'), coalesce(clear, '-'), uid, gid, coalesce(home, '-') "
            + $"FROM {table} {where} ORDER BY id");
}
