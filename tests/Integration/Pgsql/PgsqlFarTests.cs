// The number of authpgsql's connections to a server that is far away.
using System.Globalization;
using Authd.Core;
using Authd.Tests.Integration.Support;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlFarTests(PgsqlFixture fixture)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_far_server_gets_a_second_connection_as_soon_as_two_ask_at_a_time_and_with_more_four(int milliseconds)
    {
        using FarServer far = new(fixture.Server.Port, milliseconds);
        string name = $"far{milliseconds}";
        string settings = fixture.Settings.Replace(
            string.Create(CultureInfo.InvariantCulture, $"port={fixture.Server.Port}"),
            string.Create(CultureInfo.InvariantCulture, $"port={far.Port} application_name={name}"),
            StringComparison.Ordinal);
        await using PgsqlHost host = new(settings);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        }

        // A client that asks one question after the other never finds the connection busy.
        Assert.Equal("1", await SessionsAsync(name));
        await Eventually.IsTrueAsync(
            async () =>
            {
                await AskAsync(host, 2);
                return await SessionsAsync(name) == "2";
            },
            "the second connection");
        for (int i = 0; i < 10; i++)
        {
            await AskAsync(host, 40);
        }

        Assert.Equal("4", await SessionsAsync(name));
        Assert.Empty(host.Errors);
    }

    private static async Task AskAsync(PgsqlHost host, int times)
    {
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, times).Select(_ => host.LookupAsync("alice")));
        Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
    }

    private Task<string> SessionsAsync(string name) =>
        fixture.Server.PsqlAsync($"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
}
