// Hundreds of password changes by both daemons, each in a directory of its own.
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Ldap;

public class LdapGeneratedChangeTests
{
    private const int Count = 60;

    private static readonly string Tree = SlapdAccounts.Tree
        + SlapdAccounts.Account("ssha", "userPassword: {SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk")
        + SlapdAccounts.Account("sha256", "userPassword: {SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=")
        + SlapdAccounts.Account("clear", "clearPassword: password")
        + SlapdAccounts.Account("sshaclear", "userPassword: {SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "clearPassword: password");

    /// <summary>Only forms of hashes that both keep; for changes by bind, only those that slapd knows.</summary>
    [Theory]
    [InlineData(1, 0, "ssha", "sha256", "clear", "sshaclear")]
    [InlineData(2, 1, "ssha", "sshaclear")]
    public async Task They_change_the_same(int seed, int byBind, params string[] users)
    {
        await using SlapdServer cServer = await SlapdServer.StartNewAsync(new SlapdOptions(Tree));
        await using SlapdServer ourServer = await SlapdServer.StartNewAsync(new SlapdOptions(Tree));
        using CourierSite cSite = Site(cServer), ourSite = Site(ourServer);
        await using DaemonPair pair = await DaemonPair.StartAsync(cSite, ourSite);
        Dictionary<string, string> passwords = users.ToDictionary(user => $"{user}@example.com", _ => "password");
        await new GeneratedChanges(pair, seed).AssertSameAsync(passwords, Count);
        foreach (string user in users)
        {
            string dn = $"uid={user},{SlapdAccounts.People}";
            string[] clear = await ourServer.ValuesAsync(dn, "clearPassword");
            Assert.Equal(await cServer.ValuesAsync(dn, "clearPassword"), clear);
            Assert.Equal(user.EndsWith("clear", StringComparison.Ordinal) ? [passwords[$"{user}@example.com"]] : [], clear);
        }

        CourierSite Site(SlapdServer server)
        {
            CourierSite site = new();
            site.WriteAuthdaemonrc("authldap");
            site.Write("authldaprc", $"##NAME: MARKER:0\n{SlapdAccounts.Usual(server.Uri)}\nLDAP_AUTHBIND {byBind}\n");
            return site;
        }
    }
}
