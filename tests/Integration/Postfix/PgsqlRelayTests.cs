// pgsql: tables, one PostgreSQL for several smtpd hosts, and outages.
using System.Globalization;
using Authd.Tests.Integration.Pgsql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlRelayTests(PgsqlFixture fixture, RelayFixture relay) : RelayTests(relay)
{
    protected override string Table => "pgsql:" + Scratch["logins.cf"];

    [Fact]
    public async Task Several_smtpd_hosts_share_one_table()
    {
        await using PostfixServer other = await PostfixServer.StartNewAsync(Table);
        using CourierSite site = await RelaySite.NewAsync("proxy:" + Table);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.Equal(RelaySite.Denied, await other.RelayAsync("198.51.100.1"));
        await RelaySite.LoginAsync(daemon, "198.51.100.1");
        await RelaySite.MayRelayAsync(other, "198.51.100.1");
    }

    [Fact]
    public async Task Logins_go_on_without_the_database_and_are_recorded_when_it_is_back()
    {
        await using PostgresServer server = await PostgresServer.StartNewAsync();
        await MakeTableAsync(server, "192.0.2.99");
        string map = Scratch["outage.cf"];

        // No server listens on the first host.
        await WriteMapAsync(map, server, "127.0.0.1:1");
        await using PostfixServer postfix = await PostfixServer.StartNewAsync("pgsql:" + map);
        using CourierSite site = await RelaySite.NewAsync("pgsql:" + map);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await RelaySite.LoginAsync(daemon, "198.51.100.1");
        await RelaySite.MayRelayAsync(postfix, "198.51.100.1");

        await server.StopAsync();
        await RelaySite.LoginAsync(daemon, "198.51.100.2");
        await RelaySite.LoginAsync(daemon, "198.51.100.3");
        await daemon.LogHasAsync("ERR: authpostfix: ");
        await server.StartAsync();

        await daemon.LogHasAsync("INFO: authpostfix: the login table can be written to again");
        await Eventually.IsTrueAsync(
            async () =>
                await server.PsqlAsync("SELECT count(*) FROM relayed WHERE ip LIKE '198.51.100.%'") == "3", "all three");
    }

    protected override async Task MakeTableAsync(string permanentAddress)
    {
        await MakeTableAsync(fixture.Server, permanentAddress);
        await WriteMapAsync(Scratch["logins.cf"], fixture.Server);
    }

    private static Task<string> MakeTableAsync(PostgresServer server, string permanentAddress) => server.PsqlAsync($"""
        DROP TABLE IF EXISTS relayed;
        CREATE TABLE relayed (ip varchar(45) PRIMARY KEY, logintime bigint NOT NULL);
        INSERT INTO relayed VALUES ('{permanentAddress}', 0);
        """);

    private static Task WriteMapAsync(string path, PostgresServer server, string otherHost = "") => File.WriteAllTextAsync(
        path,
        string.Create(CultureInfo.InvariantCulture, $"""
            hosts = {otherHost} inet:127.0.0.1:{server.Port}
            user = postgres
            password = secret
            dbname = postgres
            query = SELECT logintime FROM relayed
              WHERE ip = '%s'

            """));
}
