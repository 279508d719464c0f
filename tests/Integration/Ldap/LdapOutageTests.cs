// Requests while slapd is away, silent, refusing, slow, or back again.
using System.Diagnostics;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

public sealed class LdapOutageTests : IAsyncLifetime
{
    private const string Alice = "alice@example.com";

    /// <summary>A hash that takes slapd seconds to check.</summary>
    private const string SlowHash = "{CRYPT}$6$rounds=4000000$saltsalt$x";

    private SlapdServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await SlapdServer.StartNewAsync(new SlapdOptions(
            SlapdAccounts.Tree + SlapdAccounts.Account("slow", $"userPassword: {SlowHash}")));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private static void AssertPromptly(long start) => Assert.True(
        Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "the spec's bound for a silent server");

    private LdapHost Host(string ini = "", string more = "") => new($"{SlapdAccounts.Usual(_server.Uri)}\n{more}", ini);

    [Fact]
    public async Task No_request_fails_because_the_server_was_restarted_in_between()
    {
        await using LdapHost host = Host(more: "LDAP_AUTHBIND 1");
        for (int i = 0; i < 3; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => host.LoginAsync(Alice, "password")));
            Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
            await _server.StopAsync();
            await _server.StartAsync();
        }

        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        // A further connection may be under way when the server stops.
        Assert.All(host.Errors, static line => Assert.Contains("Can't contact LDAP server [", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_server_is_stopped_everything_fails_for_the_time_being_and_then_works_at_once()
    {
        await using LdapHost host = Host();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync(Alice)).Verdict);
        await _server.StopAsync();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync(Alice)).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.LoginAsync(Alice, "password")).Verdict);
        }

        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync(Alice, "password", "new")).Verdict);
        await Assert.ThrowsAsync<EnumerationFailedException>(host.ListAsync);
        Assert.Equal(
            $"Err: ldap_sasl_bind_s failed: Can't contact LDAP server [{_server.Uri}]: is the server started, and may we reach it? "
            + "LDAP_URI in authldaprc names host and port", Assert.Single(host.Errors));
        await _server.StartAsync();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync(Alice)).Verdict);
        Assert.Equal($"Info: authldap: {_server.Uri} answers again", Assert.Single(host.Lines, l => l.StartsWith("Info:", StringComparison.Ordinal)));
        Assert.Single(host.Errors);
    }

    [Theory]
    [InlineData("LDAP_AUTHBIND 0")]
    [InlineData("LDAP_AUTHBIND 1")]
    public async Task A_silent_server_is_given_up_and_later_requests_are_answered_at_once(string more)
    {
        await using LdapHost host = Host("[ldap]\ntimeout = 2", $"{more}\nLDAP_TIMEOUT 1");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        await _server.FreezeAsync();
        long start = Stopwatch.GetTimestamp();
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => host.LoginAsync(Alice, "password")));
        Assert.All(outcomes, outcome => Assert.Equal(Verdict.TempFail, outcome.Verdict));
        AssertPromptly(start);
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync(Alice)).Verdict);
        Assert.Contains($" failed: Timed out [{_server.Uri}]", Assert.Single(host.Errors), StringComparison.Ordinal);
        await _server.ThawAsync();
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        Assert.Single(host.Errors);
    }

    [Fact]
    public async Task A_server_that_never_answered_is_the_same_case()
    {
        await _server.FreezeAsync();
        await using LdapHost host = Host(more: "LDAP_TIMEOUT 1");
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync(Alice)).Verdict);
        AssertPromptly(start);
        Assert.Single(host.Errors);
        await _server.ThawAsync();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync(Alice)).Verdict);
    }

    [Fact]
    public async Task A_slow_bind_holds_no_lookup_up()
    {
        await using LdapHost host = Host("[ldap]\nconnections = 1", "LDAP_AUTHBIND 1");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        Task<AuthOutcome> slow = host.LoginAsync("slow@example.com", "wrong");
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync(Alice)).Verdict);
        }

        Assert.False(slow.IsCompleted, "twenty look-ups passed the slow bind");
        Assert.NotEqual(Verdict.Accept, (await slow).Verdict);
    }

    [Fact]
    public async Task Another_server_takes_over_from_one_that_is_away_or_silent()
    {
        await using SlapdServer second = await SlapdServer.StartNewAsync(new SlapdOptions(SlapdAccounts.Tree));
        await using LdapHost host = new($"{SlapdAccounts.Usual($"{_server.Uri} {second.Uri}")}\nLDAP_AUTHBIND 1\nLDAP_TIMEOUT 2");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        await _server.FreezeAsync();
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        Assert.Contains(_server.Uri, Assert.Single(host.Errors), StringComparison.Ordinal);
        await _server.ThawAsync();
        await _server.StopAsync();
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        await second.StopAsync();
        Assert.Equal(Verdict.TempFail, (await host.LoginAsync(Alice, "password")).Verdict);
        Assert.Equal(2, host.Errors.Length);
        await _server.StartAsync();
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
    }

    [Fact]
    public async Task A_wrong_password_of_the_daemon_s_own_is_told_once_and_is_no_wrong_password_of_the_user_s()
    {
        await using LdapHost host = new(SlapdAccounts.Usual(_server.Uri).Replace(SlapdServer.Password, "wrong", StringComparison.Ordinal));
        for (int i = 0; i < 5; i++)
        {
            AuthOutcome refused = await host.LoginAsync(Alice, "password");
            Assert.Equal((Verdict.TempFail, Reasons.ServerRefused), (refused.Verdict, refused.Reason));
        }

        Assert.Equal(
            $"Err: ldap_sasl_bind_s failed: Invalid credentials [{_server.Uri}]: as '{SlapdServer.Courier}'; correct LDAP_BINDDN or LDAP_BINDPW "
            + "in authldaprc", Assert.Single(host.Errors));
        await Assert.ThrowsAsync<EnumerationFailedException>(host.ListAsync);
    }

    [Fact]
    public async Task Unused_connections_are_closed()
    {
        int before = ProcessTree.OpenSockets(_server.Pid);
        await using LdapHost host = Host("[ldap]\nidle-timeout = 1", "LDAP_AUTHBIND 1");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        Assert.True(ProcessTree.OpenSockets(_server.Pid) > before, "connections stay open for a while");
        await Eventually.IsTrueAsync(() => ProcessTree.OpenSockets(_server.Pid) <= before, "the connections are closed");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync(Alice, "password")).Verdict);
        Assert.Empty(host.Errors);
    }
}
