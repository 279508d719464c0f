// Password changes: the attributes that are written, and the user who writes them.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

public sealed class LdapChangeTests : IAsyncLifetime
{
    private const string Crypt =
        "{CRYPT}$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    private static readonly string Tree = SlapdAccounts.Tree
        + SlapdAccounts.Account("ssha", "userPassword: {SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk")
        + SlapdAccounts.Account("sha256", "userPassword: {SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=")
        + SlapdAccounts.Account("crypt", $"userPassword: {Crypt}")
        + SlapdAccounts.Account("plain", "userPassword: password")
        + SlapdAccounts.Account("smd5", "userPassword: {SMD5}nXuh5+7dhsJMIAfcer5MygECAwQ=");

    private SlapdServer _server = null!;

    public async Task InitializeAsync() => _server = await SlapdServer.StartNewAsync(new SlapdOptions(Tree));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(0, "alice", "password", "{SSHA}", null)]
    [InlineData(0, "ssha", "password", "{SSHA}", null)]
    [InlineData(0, "sha256", "password", "{SHA256}", null)]
    [InlineData(0, "crypt", "password", "{CRYPT}$6$", null)]
    [InlineData(0, "bob", "secret", null, "n(e)w*\\")]
    [InlineData(0, "both", "clear", "{SSHA}", "n(e)w*\\")]
    [InlineData(1, "alice", "password", "{SSHA}", null)]
    [InlineData(1, "crypt", "password", "{CRYPT}$6$", null)]
    [InlineData(1, "both", "password", "{SSHA}", "n(e)w*\\")]
    [InlineData(1, "plain", "password", "{SSHA}", null)] // the server's own form: ours would be clear text to it
    [InlineData(1, "smd5", "password", "{SSHA}", null)] // a form that we do not know
    public async Task What_there_was_is_replaced_never_by_weaker(int byBind, string user, string password, string? hash, string? clear)
    {
        await using LdapHost host = new($"{SlapdAccounts.Usual(_server.Uri)}\nLDAP_AUTHBIND {byBind}");
        string name = $"{user}@example.com", dn = $"uid={user},{SlapdAccounts.People}";
        string[] before = await _server.ValuesAsync(dn, "userPassword");
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync(name, "wrong", "n(e)w*\\")).Verdict);
        Assert.Equal(before, await _server.ValuesAsync(dn, "userPassword"));

        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync(name, password, "n(e)w*\\"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(name, "n(e)w*\\")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync(name, password)).Verdict);
        string[] now = await _server.ValuesAsync(dn, "userPassword");
        if (hash is null)
        {
            Assert.Empty(now);
        }
        else
        {
            Assert.StartsWith(hash, Assert.Single(now), StringComparison.Ordinal);
            Assert.NotEqual(before, now);
        }

        Assert.Equal(clear is null ? [] : [clear], await _server.ValuesAsync(dn, "clearPassword"));
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Of_several_hashes_in_a_value_the_one_of_the_old_password_changes()
    {
        const string phone = "{SHA}9r5sqRCYTvBaI3oYDUZM64hHwUo="; // phone
        await _server.ModifyAsync(
            $"dn: uid=ssha,{SlapdAccounts.People}\nchangetype: modify\nreplace: userPassword\nuserPassword: {Crypt} {phone}\n");
        await using LdapHost host = new(SlapdAccounts.Usual(_server.Uri), "[passwords]\nhashes = 4\n");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("ssha@example.com", "password")).Verdict);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ssha@example.com", "phone", "new"));
        foreach ((string password, Verdict verdict) in new[] { ("password", Verdict.Accept), ("phone", Verdict.Reject), ("new", Verdict.Accept) })
        {
            Assert.Equal(verdict, (await host.LoginAsync("ssha@example.com", password)).Verdict);
        }

        Assert.StartsWith($"{Crypt} {{SSHA}}", Assert.Single(await _server.ValuesAsync($"uid=ssha,{SlapdAccounts.People}", "userPassword")),
            StringComparison.Ordinal);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task The_server_changes_a_password_that_nobody_may_read()
    {
        string anonymous = SlapdAccounts.Usual(_server.Uri).Replace("LDAP_INITBIND 1", "LDAP_INITBIND 0", StringComparison.Ordinal);
        await using LdapHost host = new($"{anonymous}\nLDAP_AUTHBIND 1");
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("alice@example.com", "password", "new"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice@example.com", "new")).Verdict);

        await using LdapHost compare = new(anonymous);
        Assert.Equal(Verdict.Reject, (await compare.ChangeAsync("alice@example.com", "new", "newer")).Verdict);
    }

    [Fact]
    public async Task A_change_that_the_server_refuses_is_refused()
    {
        await using LdapHost host = new(
            SlapdAccounts.Usual(_server.Uri).Replace("LDAP_CRYPTPW userPassword", "LDAP_CRYPTPW description", StringComparison.Ordinal));
        await _server.ModifyAsync($"dn: uid=none,{SlapdAccounts.People}\nchangetype: modify\nadd: description\ndescription: {SlapdAccounts.Sha}\n");
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync("none@example.com", "password", "new")).Verdict);
        Assert.Contains("Debug: Password update failed: Insufficient access", host.Lines);
        Assert.Equal(
            $"Err: authldap: password change failed for 'none@example.com' (uid=none,{SlapdAccounts.People}): "
            + "ldap_modify_ext_s: LDAP result 50, Insufficient access", Assert.Single(host.Errors));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("none@example.com", "password")).Verdict);
    }
}
