// authldap against a real slapd: accounts, passwords, settings, lists.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

[Collection(LdapFixture.Name)]
public sealed class LdapAccountTests(LdapFixture fixture)
{
    private string Settings => fixture.Settings;

    private string ByLogin => Settings.Replace("LDAP_MAIL mail", "LDAP_MAIL login", StringComparison.Ordinal);

    public static TheoryData<string> OddNames => [.. SlapdAccounts.OddNames];

    [Fact]
    public async Task An_entry_s_attributes_become_the_account()
    {
        await using LdapHost host = new($"{Settings}\nLDAP_AUXOPTIONS disableImap=disableimap,sharedGroup,quota=,mailbox=box");
        Account expected = new()
        {
            Address = "alice@example.com",
            Uid = 1001,
            Gid = 1002,
            Home = "/home/alice",
            Maildir = "Maildir",
            Quota = "100S",
            FullName = "Alice A, x",
            StoredPassword = SlapdAccounts.Sha,
            Options = "disableimap=1,sharedGroup=sales,quota=100S,box=Maildir",
        };
        Assert.Equal(expected, (await host.LookupAsync("alice@example.com")).Account);
        Assert.Equal(expected with { Maildir = "|/bin/deliver" }, (await host.LookupAsync("alice@example.com", "courier")).Account);
        Assert.Equal(
            expected with { ClearPassword = "password" }, (await host.LoginAsync("alice@example.com", "password")).Account);
        Assert.Empty(host.Errors);
    }

    [Theory]
    [InlineData("alice", "password", Verdict.Accept)]
    [InlineData("alice", "wrong", Verdict.Reject)]
    [InlineData("bob", "secret", Verdict.Accept)]
    [InlineData("bob", "Secret", Verdict.Reject)]
    [InlineData("both", "clear", Verdict.Accept)] // clear text decides alone
    [InlineData("both", "password", Verdict.Reject)]
    [InlineData("none", "secret", Verdict.Reject)]
    [InlineData("nosuch", "secret", Verdict.Reject)]
    [InlineData("nohome", "secret", Verdict.Accept)]
    [InlineData("noids", "secret", Verdict.TempFail)]
    [InlineData("root", "secret", Verdict.TempFail)]
    public async Task Passwords_are_compared(string user, string password, Verdict verdict)
    {
        await using LdapHost host = new(Settings);
        Assert.Equal(verdict, (await host.LoginAsync($"{user}@example.com", password)).Verdict);
        Assert.Equal(verdict == Verdict.TempFail ? 1 : 0, host.Errors.Length);
    }

    [Theory]
    [InlineData("alice", "password", Verdict.Accept)]
    [InlineData("alice", "wrong", Verdict.Reject)]
    [InlineData("both", "password", Verdict.Accept)] // the server knows no clearPassword
    [InlineData("both", "clear", Verdict.Reject)]
    [InlineData("bob", "secret", Verdict.Reject)]
    [InlineData("nosuch", "secret", Verdict.Reject)]
    public async Task Passwords_are_checked_by_binding(string user, string password, Verdict verdict)
    {
        await using LdapHost host = new($"{Settings}\nLDAP_AUTHBIND 1");
        AuthOutcome outcome = await host.LoginAsync($"{user}@example.com", password);
        Assert.Equal(verdict, outcome.Verdict);
        Assert.Empty(host.Errors);
        if (user == "both" && verdict == Verdict.Accept)
        {
            Assert.Equal("clear", outcome.Account!.ClearPassword); // the entry's value, although the password is another
        }
    }

    [Fact]
    public async Task Binding_needs_no_readable_password_and_no_empty_one_succeeds()
    {
        string anonymous = Settings.Replace("LDAP_INITBIND 1", "LDAP_INITBIND 0", StringComparison.Ordinal);
        await using LdapHost host = new($"{anonymous}\nLDAP_AUTHBIND 1");
        AuthOutcome outcome = await host.LoginAsync("alice@example.com", "password");
        Assert.Equal((null, "password"), (outcome.Account!.StoredPassword, outcome.Account.ClearPassword));
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync("alice@example.com", "", "new")).Verdict);

        await using LdapHost compare = new(anonymous);
        Assert.Equal(Reasons.NoPassword, (await compare.LoginAsync("alice@example.com", "password")).Reason);
        Assert.Contains("Debug: Missing password in LDAP!", compare.Lines);
    }

    [Fact]
    public async Task Challenges_need_clear_text()
    {
        await using LdapHost host = new($"{Settings}\nLDAP_AUTHBIND 1");
        Assert.Equal(Verdict.Accept, (await host.CramAsync("bob@example.com", "secret")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("bob@example.com", "wrong")).Verdict);
        Assert.Equal(Reasons.NoPassword, (await host.CramAsync("alice@example.com", "password")).Reason);
        Assert.Equal(Reasons.UnknownUser, (await host.CramAsync("nosuch@example.com", "password")).Reason);
    }

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task A_name_is_a_name_whatever_it_holds(string name)
    {
        await using LdapHost host = new($"{ByLogin}\nLDAP_FILTER (objectClass=testAccount)");
        Assert.Equal((name, "/odd"), ((await host.LookupAsync(name)).Account!.Address, (await host.LookupAsync(name)).Account!.Home));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(name, "secret")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync(name + "*", "secret")).Verdict);
        Assert.Empty(host.Errors);
    }

    [Theory]
    [InlineData("nul\0")]
    [InlineData("\u00ff\u00fe")]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("alice@example.com)(objectClass=*")]
    [InlineData("twin")]
    public async Task Nobody_s_name_is_nobody_s(string name)
    {
        await using LdapHost host = new(name == "twin" ? ByLogin : Settings);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync(name)).Verdict);
        Assert.Equal(name == "twin", host.Lines.Contains("Debug: Returned multiple entries (2)"));
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Domain_filter_and_global_ids_are_used()
    {
        await using LdapHost host = new($"""
            {Settings.Replace("LDAP_UID uidNumber\n", "", StringComparison.Ordinal)}
            LDAP_DOMAIN example.com
            LDAP_FILTER (uid=a*)
            LDAP_GLOB_UID games
            LDAP_GLOB_GID 4321
            """);
        Account account = (await host.LookupAsync("alice")).Account!;
        Assert.Equal(("alice", 5u, 1002u), (account.Address, account.Uid!.Value, account.Gid));
        Assert.Contains("Debug: Query: (&(uid=a*)(mail=alice@example.com))", host.Lines);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("bob")).Verdict);
    }

    [Theory]
    [InlineData("text", 12u)]
    [InlineData("minus", null)]
    public async Task An_id_is_the_number_at_the_beginning(string user, uint? uid)
    {
        await using LdapHost host = new(Settings.Replace("LDAP_UID uidNumber", "LDAP_UID textUid", StringComparison.Ordinal));
        Assert.Equal(uid, (await host.LookupAsync($"{user}@example.com")).Account?.Uid);
    }

    [Fact]
    public async Task Mail_root_stands_before_relative_homes_also_in_lists()
    {
        await using LdapHost host = new($"{Settings}\nLDAP_MAILROOT /var/mail\nLDAP_ENUMERATE_FILTER (|(uid=relative)(uid=bob))");
        Assert.Equal("/var/mail/relative", (await host.LookupAsync("relative@example.com")).Account!.Home);
        Assert.Equal("/home/bob", (await host.LookupAsync("bob@example.com")).Account!.Home);
        Assert.Equal(
            ["bob@example.com 1001 1002 /home/bob  ", "relative@example.com 1001 1002 /var/mail/relative  "],
            (await host.ListAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Mail_is_not_looked_up_for_an_entry_without_its_home_unless_homes_are_not_wanted()
    {
        await using LdapHost host = new(Settings);
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("nohome@example.com")).Verdict);
        Assert.Equal("Err: authldap: uid=nohome,ou=people,dc=test has no homeDirectory", Assert.Single(host.Errors));

        await using LdapHost homeless = new(Settings.Replace("LDAP_HOMEDIR homeDirectory", "LDAP_HOMEDIR", StringComparison.Ordinal));
        Assert.Equal("", (await homeless.LookupAsync("alice@example.com")).Account!.Home);
    }

    [Fact]
    public async Task An_address_is_mapped_to_a_handle_which_is_a_value_too()
    {
        await using LdapHost host = new($"""
            {Settings}
            LDAP_EMAILMAP (&(login=@user@)(realm=@realm@)@nonsense@)
            LDAP_EMAILMAP_BASEDN ou=map,dc=test
            LDAP_EMAILMAP_MAIL handle
            """);
        Account account = (await host.LoginAsync("john@mapped.org", "secret")).Account!;
        Assert.Equal(("john@mapped.org", "/home/handled"), (account.Address, account.Home));
        Assert.Contains("Debug: using emailmap search: (&(login=john)(realm=mapped.org))", host.Lines);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("*@mapped.org")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("twice@mapped.org")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("nohandle@mapped.org")).Verdict);
        Assert.Contains("Debug: emailmap: empty attribute", host.Lines);
        Assert.Contains(
            "Err: emailmap: 2 entries returned from search (&(login=twice)(realm=mapped.org)) (but we need exactly 1)", host.Lines);
    }

    [Fact]
    public async Task Several_values_are_warned_about_and_the_first_counts()
    {
        await using LdapHost host = new(Settings);
        Assert.Equal("One", (await host.LookupAsync("second@example.com")).Account!.FullName);
        Assert.Contains("Warn: authldaplib: duplicate attribute cn for uid=two,ou=people,dc=test", host.Lines);
    }

    [Fact]
    public async Task A_base_that_is_not_there_is_no_unknown_user_and_told_once()
    {
        await using LdapHost host = new(Settings.Replace("ou=people", "ou=nowhere", StringComparison.Ordinal));
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@example.com")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice@example.com", "password")).Verdict);
        Assert.Equal(
            $"Err: {host.RcPath}:4: LDAP_BASEDN: ldap_search_ext_s failed: No such object: 'ou=nowhere,dc=test' is not in "
            + $"{fixture.Server.Uri}, or may not be seen", Assert.Single(host.Errors));
    }

    [Theory]
    [InlineData("LDAP_FILTER (&(mail=*)(uidNumber>=10000)", "LDAP_FILTER: '(&(mail=*)(uidNumber>=10000)' is no search filter")]
    [InlineData("LDAP_TIMEOUT 5s", "LDAP_TIMEOUT: must be a number of seconds, not '5s'")]
    [InlineData("LDAP_AUTHBIND maybe", "LDAP_AUTHBIND: must be 1 or 0 (yes or no), not 'maybe'")]
    public async Task What_cannot_be_meant_is_said_when_the_file_is_read(string line, string complaint)
    {
        await using LdapHost host = new($"{Settings}\n{line}");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@example.com")).Verdict);
        string error = Assert.Single(host.Errors);
        Assert.StartsWith($"Err: {host.RcPath}:", error, StringComparison.Ordinal);
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_accounts_are_listed_once_a_name()
    {
        await using LdapHost host = new($"{Settings}\nLDAP_AUXOPTIONS disableImap=disableimap");
        List<string> listed = await host.ListAsync();
        Assert.Contains("alice@example.com 1001 1002 /home/alice Maildir disableimap=1", listed);
        Assert.Contains("second@example.com 1001 1002 /home/two  ", listed);
        Assert.Contains("two@example.com 1001 1002 /home/two  ", listed);
        Assert.DoesNotContain(listed, line => line.StartsWith("no", StringComparison.Ordinal) && !line.StartsWith("none", StringComparison.Ordinal));
        Assert.DoesNotContain(listed, line => line.StartsWith("root", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ldapi")]
    [InlineData("v2")]
    [InlineData("deref")]
    [InlineData("list")]
    public async Task Other_ways_to_the_same_entry(string way)
    {
        string settings = way switch
        {
            "ldapi" => SlapdAccounts.Usual(fixture.Server.SocketUri),
            "v2" => Settings.Replace("VERSION 3", "VERSION 2", StringComparison.Ordinal),
            "deref" => $"{Settings}\nLDAP_DEREF Always",
            _ => SlapdAccounts.Usual($"ldap://127.0.0.1:1, {fixture.Server.Uri}"),
        };
        await using LdapHost host = new($"{settings}\nLDAP_AUTHBIND {(way == "v2" ? 0 : 1)}");
        if (way == "v2")
        {
            // slapd refuses version 2 unless configured otherwise: the module asks for it, and the refusal is no rejection.
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@example.com")).Verdict);
            Assert.Contains("Debug: selected ldap protocol version 2", host.Lines);
            Assert.Contains("ldap_sasl_bind_s failed: Protocol error", Assert.Single(host.Errors), StringComparison.Ordinal);
            return;
        }

        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice@example.com", "password")).Verdict);
    }

    [Fact]
    public async Task A_changed_file_is_read_again_and_a_bad_one_leaves_the_old_in_use()
    {
        await using LdapHost host = new(Settings);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@example.com")).Verdict);
        host.Write($"{Settings}\nLDAP_FILTER (uid=bob)");
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("alice@example.com")).Verdict);
        Assert.Contains($"Debug: authldap: reloaded {host.RcPath}", host.Lines);
        host.Write($"{Settings}\nLDAP_DEREF sometimes");
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("alice@example.com")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("bob@example.com")).Verdict);
        Assert.Equal(
            $"Err: {host.RcPath}:18: LDAP_DEREF: must be never, searching, finding or always, not 'sometimes'; "
            + "what was read of the file before stays in use", Assert.Single(host.Errors));
    }

    [Fact]
    public async Task A_broken_value_cannot_forge_a_line()
    {
        await using LdapHost host = new(Settings);
        Assert.False(Core.Protocol.AccountReply.IsSendable((await host.LookupAsync("forged@example.com")).Account!));
    }
}
