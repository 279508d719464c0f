// One pair of daemons for all tests of the protocol itself.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

/// <summary>authuserdb alone, with accounts of every kind.</summary>
public sealed class ProtocolPair : PairFixture
{
    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb");
        await Site.WriteUserdbAsync(UserdbAccounts.Text);
    }
}

/// <summary>The classes that share <see cref="ProtocolPair"/>.</summary>
[CollectionDefinition(Name)]
public sealed class ProtocolGroup : ICollectionFixture<ProtocolPair>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "protocol";
}
