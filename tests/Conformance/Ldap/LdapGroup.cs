// One slapd for all tests of authldap against the C daemon.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Ldap;

/// <summary>A server with the accounts of <see cref="SlapdAccounts"/>.</summary>
public sealed class LdapTree : IAsyncLifetime
{
    private SlapdServer? _server;

    /// <summary>The server.</summary>
    public SlapdServer Server => _server!;

    /// <summary>The usual settings.</summary>
    public string Settings => SlapdAccounts.Usual(Server.Uri);

    /// <summary>Both daemons on authldaprc with these settings; the caller disposes of site and pair.</summary>
    public static async Task<DaemonPair> PairAsync(
        CourierSite site, string settings, int daemons = 2, params string[] variables)
    {
        site.WriteAuthdaemonrc("authldap", daemons, variables);
        site.Write("authldaprc", $"##NAME: MARKER:0\n{settings}\n");
        return await DaemonPair.StartAsync(site);
    }

    /// <summary>A list's lines in any order, because the directory has none, without those that clients drop and we leave out:
    /// uid or gid 0, TAB or LF in a value.</summary>
    public static IEnumerable<string> Sound(string list) => list.Split('\n')
        .Where(line => !line.Contains("\t0\t", StringComparison.Ordinal) && !line.StartsWith("forged@", StringComparison.Ordinal)
            && !line.StartsWith("UID=0", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task InitializeAsync() => _server = await SlapdServer.StartNewAsync(new SlapdOptions(SlapdAccounts.Tree));

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>The classes that share <see cref="LdapTree"/>.</summary>
[CollectionDefinition(Name)]
public sealed class LdapGroup : ICollectionFixture<LdapTree>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "ldap";
}
