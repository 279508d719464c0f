// authpgsql behind HAProxy, which knows which of two servers is up.
using System.Globalization;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

public sealed class HaproxyTests : IAsyncLifetime
{
    private PostgresServer _first = null!;
    private PostgresServer _second = null!;
    private HaproxyServer _haproxy = null!;

    public async Task InitializeAsync()
    {
        (_first, _second) = (await StartAsync("/first"), await StartAsync("/second"));
        _haproxy = await HaproxyServer.StartNewAsync(_first.Port, _second.Port);
    }

    public async Task DisposeAsync()
    {
        await _haproxy.DisposeAsync();
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task Lookups_follow_the_proxy_to_the_server_that_is_up_and_back()
    {
        await using PgsqlHost host = new(
            string.Create(CultureInfo.InvariantCulture, $"PGSQL_CONNECTION host=127.0.0.1 port={_haproxy.Port} user=postgres dbname=postgres\n")
            + "PGSQL_USER_TABLE accounts\nPGSQL_CLEAR_PWFIELD clear\n");
        Assert.Equal("/first", await HomeAsync(host));
        await _first.StopAsync();
        await Eventually.IsTrueAsync(async () => await HomeAsync(host) == "/second", "the second server's answer");
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => host.LookupAsync("john")));
        Assert.All(outcomes, static outcome => Assert.Equal("/second", outcome.Account?.Home));
        await _first.StartAsync();

        // Its sessions stay where they are until they end; here, with the second server.
        await Eventually.IsTrueAsync(async () =>
        {
            await _second.PsqlAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NOT NULL");
            return await HomeAsync(host) == "/first";
        }, "the first server's answer");
    }

    private static async Task<string?> HomeAsync(PgsqlHost host) => (await host.LookupAsync("john")).Account?.Home;

    private static async Task<PostgresServer> StartAsync(string home)
    {
        PostgresServer server = await PostgresServer.StartNewAsync();
        await server.PsqlAsync($"""
            CREATE TABLE accounts (id text PRIMARY KEY, clear text, uid int, gid int, home text);
            INSERT INTO accounts VALUES ('john', 'secret', 1, 1, '{home}');
            """);
        return server;
    }
}
