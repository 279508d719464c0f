// authdaemond check --connect against PostgreSQL.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlTrialTests(PgsqlFixture fixture) : SqlTrialTests("PGSQL")
{
    protected override string Settings => fixture.Settings;

    protected override string Good => $"postgres@127.0.0.1:{fixture.Server.Port}";

    protected override async Task<string> CountAsync(string sql) => (await fixture.Server.PsqlAsync(sql)).Trim();

    private string With(string conninfo) => Settings.Replace(fixture.Server.Conninfo, conninfo, StringComparison.Ordinal);

    [Theory]
    [InlineData("host=127.0.0.1 port=1 user=mail dbname=accounts password=quiet-zebra",
        "127.0.0.1:1, user mail, database accounts: Connection refused; no server listens there: ")]
    [InlineData("host=/nonexistent port=5433 user=mail dbname=accounts",
        "/nonexistent/.s.PGSQL.5433, user mail, database accounts: no such socket; host= in PGSQL_CONNECTION has to be ")]
    [InlineData("host=no-such-host.invalid user=mail dbname=accounts",
        "no-such-host.invalid:5432, user mail, database accounts: the host's name ")]
    [InlineData("host=127.0.0.1;port=15432;user=mail dbname=accounts user=x",
        "the words in PGSQL_CONNECTION are separated by blanks, not by ;")]
    [InlineData("PORT dbname=mial", "database mial: FATAL:  database \"mial\" does not exist; correct dbname= in PGSQL_CONNECTION, or create")]
    [InlineData("PORT user=nobody-there", "user nobody-there, database postgres: FATAL:  role \"nobody-there\" does not exist; correct user= ")]
    [InlineData("PORT sslmode=require", "database postgres: the server has no TLS; switch it on there (ssl = on), or correct sslmode= in PGSQL_CONNECTION")]
    public async Task A_server_that_cannot_be_used_is_named_with_place_user_database_and_cure(string conninfo, string expected)
    {
        string error = await ErrorAsync(With(conninfo.Replace("PORT", fixture.Server.Conninfo, StringComparison.Ordinal)));
        Assert.StartsWith($"ERROR {Rc}:2: PGSQL_CONNECTION: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_of_several_servers_has_its_line()
    {
        ProgramResult result = await CheckAsync(With(
            $"host=127.0.0.1,127.0.0.1 port={fixture.Server.Port},1 user=postgres password=secret dbname=postgres"));
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"ok authpgsql postgres@127.0.0.1:{fixture.Server.Port} ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"ERROR {Rc}:2: PGSQL_CONNECTION: 127.0.0.1:1, user postgres", lines[1], StringComparison.Ordinal);
    }

    /// <summary>A server that accepts and says nothing holds the check up no longer than a request.</summary>
    [Fact]
    public async Task A_silent_server_ends_the_check_all_the_same()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        int port = ((IPEndPoint)silent.LocalEndpoint).Port;
        Site.Write("authdaemond.ini", "[pgsql]\nconnect-timeout = 1\n");
        long start = Stopwatch.GetTimestamp();
        string error = await ErrorAsync(With($"host=127.0.0.1 port={port} user=mail dbname=mail"));
        Assert.Contains($"127.0.0.1:{port}", error, StringComparison.Ordinal);
        Assert.Contains("no answer within ", error, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1));
    }
}
