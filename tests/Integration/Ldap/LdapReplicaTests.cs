// A provider and a consumer that replicates it and takes no changes itself: where searches and changes go.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

public sealed class LdapReplicaTests : IAsyncLifetime
{
    private const string Alice = "alice@example.com";
    private SlapdServer _provider = null!;
    private SlapdServer _consumer = null!;

    public async Task InitializeAsync()
    {
        _provider = await SlapdServer.StartNewAsync(
            new SlapdOptions(SlapdAccounts.Tree, Global: "moduleload syncprov", Database: "overlay syncprov"));
        _consumer = await SlapdServer.StartNewAsync(new SlapdOptions(SlapdAccounts.Tree, Database: $"""
            syncrepl rid=001 provider={_provider.Uri} type=refreshAndPersist retry="1 +" searchbase={SlapdServer.Root} bindmethod=simple binddn={SlapdServer.Admin} credentials="{SlapdServer.Password}"
            updateref {_provider.Uri}
            """));
    }

    public async Task DisposeAsync()
    {
        await _consumer.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("LDAP_AUTHBIND 0")]
    [InlineData("LDAP_AUTHBIND 1")]
    public async Task A_change_that_a_copy_refuses_goes_to_the_server_that_takes_it(string how)
    {
        await using LdapHost host = new($"{SlapdAccounts.Usual($"{_consumer.Uri} {_provider.Uri}")}\n{how}", "[ldap]\ntimeout = 2");
        await ChangeAsync(host, "password", "new");
        Assert.Empty(host.Errors);

        // Without the provider the copy serves, and a change is no wrong password.
        await _provider.StopAsync();
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "new")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync(Alice, "new", "newer")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync(Alice, "wrong", "newer")).Verdict);
        await _provider.StartAsync();
        await Eventually.IsTrueAsync(
            async () => (await host.ChangeAsync(Alice, "new", "newer")).Verdict == Verdict.Accept, "the change");

        // Without the copy the provider does both.
        await _consumer.StopAsync();
        await Eventually.IsTrueAsync(async () => (await host.LoginAsync(Alice, "newer")).Verdict == Verdict.Accept, "the provider");
        Assert.Equal(Verdict.Accept, (await host.ChangeAsync(Alice, "newer", "newest")).Verdict);
    }

    [Fact]
    public async Task A_copy_alone_refuses_a_change_and_the_log_says_whom_to_name()
    {
        await using LdapHost host = new(SlapdAccounts.Usual(_consumer.Uri));
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync(Alice, "password", "new")).Verdict);
        Assert.EndsWith(
            "LDAP result 10, Referral: the server is a copy that takes no changes; name the one that does in LDAP_URI as well",
            Assert.Single(host.Errors),
            StringComparison.Ordinal);
    }

    private static async Task ChangeAsync(LdapHost host, string old, string fresh)
    {
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync(Alice, old, fresh));
        await Eventually.IsTrueAsync(async () => (await host.LoginAsync(Alice, fresh)).Verdict == Verdict.Accept, "the copy");
    }
}
