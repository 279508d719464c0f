// Lists of many accounts: pages, servers' limits, memory, and lists that end early.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

public sealed class LdapListTests
{
    private const int Accounts = 3000;

    private static string Tree { get; } =
        $"dn: {SlapdAccounts.People}\nobjectClass: organizationalUnit\nou: people\n\n"
        + string.Concat(Enumerable.Range(0, Accounts).Select(i => SlapdAccounts.Account($"user{i}", $"mailbox: {new string('m', 2000)}")));

    [Fact]
    public async Task Pages_get_past_a_server_s_limit_in_bounded_memory()
    {
        await using SlapdServer server = await SlapdServer.StartNewAsync(new SlapdOptions(
            Tree, Database: $"limits dn.exact={SlapdServer.Courier} size=500 size.pr=500 size.prtotal=unlimited"));
        await using LdapHost host = new(SlapdAccounts.Usual(server.Uri));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        HashSet<string> names = [];
        await foreach (Account account in host.EnumerateAsync())
        {
            Assert.True(names.Add(account.Address!), account.Address);
            if (names.Count % 1000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(Accounts, names.Count);
        Assert.InRange(most, 0, 8_000_000); // the entries are 12 MB as text; other tests run beside this one
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_list_that_the_server_cuts_is_no_list()
    {
        await using SlapdServer server = await SlapdServer.StartNewAsync(new SlapdOptions(
            Tree, Database: $"limits dn.exact={SlapdServer.Courier} size=500"));
        await using LdapHost host = new(SlapdAccounts.Usual(server.Uri));
        await Assert.ThrowsAsync<EnumerationFailedException>(host.ListAsync);
        Assert.Contains("Size limit exceeded", Assert.Single(host.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_breaks_off_is_no_list()
    {
        await using SlapdServer server = await SlapdServer.StartNewAsync(new SlapdOptions(
            Tree, Database: $"limits dn.exact={SlapdServer.Courier} size=unlimited"));
        await using LdapHost host = new(SlapdAccounts.Usual(server.Uri));
        int count = 0;
        await Assert.ThrowsAsync<EnumerationFailedException>(async () =>
        {
            await foreach (Account account in host.EnumerateAsync())
            {
                if (count++ == 0)
                {
                    await server.StopAsync();
                }
            }
        });
        Assert.InRange(count, 1, Accounts - 1);
        Assert.Single(host.Errors);
    }

    [Fact]
    public async Task A_server_without_pages_is_read_piece_by_piece_all_the_same()
    {
        await using SlapdServer server = await SlapdServer.StartNewAsync(new SlapdOptions(
            Tree, Global: "allow bind_v2", Database: $"limits dn.exact={SlapdServer.Courier} size=unlimited"));
        await using LdapHost host = new(
            $"{SlapdAccounts.Usual(server.Uri).Replace("VERSION 3", "VERSION 2", StringComparison.Ordinal)}\nLDAP_AUTHBIND 1");
        Assert.Equal(Accounts, (await host.ListAsync()).Count);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("user1@example.com", "x")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("user1@example.com", "x")).Verdict);
        Assert.Empty(host.Errors);
    }
}
