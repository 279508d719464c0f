// authpgsql behind PgBouncer in transaction mode.
using System.Globalization;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgBouncerTests(PgsqlFixture fixture) : IAsyncLifetime
{
    private PgBouncerServer _bouncer = null!;

    public async Task InitializeAsync() => _bouncer = await PgBouncerServer.StartNewAsync(fixture.Server.Port, poolSize: 3);

    public async Task DisposeAsync() => await _bouncer.DisposeAsync();

    [Fact]
    public async Task Unnamed_statements_pass_a_pooler_in_transaction_mode()
    {
        string settings = fixture.Settings.Replace(
            string.Create(CultureInfo.InvariantCulture, $"port={fixture.Server.Port}"),
            string.Create(CultureInfo.InvariantCulture, $"port={_bouncer.Port}"), StringComparison.Ordinal);
        await using PgsqlHost host = new(settings, "[pgsql]\nprepare = no\nconnections = 4");
        for (int i = 0; i < 10; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => host.LookupAsync("alice")));
            Assert.All(outcomes, outcome => Assert.Equal("alice@example.com", outcome.Account?.Address));
        }

        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "password")).Verdict);
        Assert.NotEmpty(await host.ListAsync());
        Assert.DoesNotContain(host.Errors, line => !line.Contains("in the row of", StringComparison.Ordinal));
    }
}
