// One slapd for all tests that do not stop or reconfigure it.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

public sealed class LdapFixture : IAsyncLifetime
{
    public const string Name = "slapd";

    public SlapdServer Server { get; private set; } = null!;

    /// <summary>The settings of an installation with the usual attributes.</summary>
    public string Settings => SlapdAccounts.Usual(Server.Uri);

    public async Task InitializeAsync() => Server = await SlapdServer.StartNewAsync(new SlapdOptions(SlapdAccounts.Tree));

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(LdapFixture.Name)]
public sealed class LdapCollectionDefinition : ICollectionFixture<LdapFixture>;
