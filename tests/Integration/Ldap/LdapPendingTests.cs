// Many requests on one connection, with answers that are late, out of order, or never come.
using System.Formats.Asn1;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

public sealed class LdapPendingTests : IAsyncLifetime
{
    private static readonly Asn1Tag ModifyRequest = FakeDirectory.Application(6);
    private readonly FakeDirectory _directory = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _directory.DisposeAsync();

    private LdapHost Host(int connections = 1, string more = "") =>
        new($"{SlapdAccounts.Usual(_directory.Uri)}\n{more}", $"[ldap]\nconnections = {connections}");

    private static Task<AuthOutcome>[] LookUp(LdapHost host, int count) =>
        [.. Enumerable.Range(0, count).Select(i => host.LookupAsync($"user{i}@example.com"))];

    private static async Task AssertFoundAsync(Task<AuthOutcome> lookup, string user) =>
        Assert.Equal($"/home/{user}", (await lookup).Account?.Home);

    [Fact]
    public async Task Searches_overlap_on_one_connection_and_answers_may_come_in_any_order()
    {
        await using LdapHost host = Host();
        Task<AuthOutcome>[] lookups = LookUp(host, 20);
        Dictionary<string, FakeRequest> requests = await _directory.NextAsync(20);
        Assert.Equal(1, _directory.Connections);
        for (int i = 19; i >= 0; i--)
        {
            Assert.False(lookups[i].IsCompleted);
            requests[$"user{i}"].Find($"user{i}");
            await AssertFoundAsync(lookups[i], $"user{i}");
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Crowded_connections_get_company_and_share_the_work()
    {
        await using LdapHost host = Host(connections: 3);
        FakeRequest[] requests = [];
        await Eventually.IsTrueAsync(
            async () =>
            {
                Task<AuthOutcome>[] lookups = LookUp(host, 12);
                requests = [.. (await _directory.NextAsync(12)).Values];
                Array.ForEach(requests, static request => request.Find());
                Assert.All(await Task.WhenAll(lookups), static outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
                return requests.All(one => requests.Count(one.IsOnSameConnectionAs) == 4);
            },
            "three connections share the work");
        Assert.Equal(3, _directory.Connections);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_request_that_is_late_is_given_up_alone()
    {
        await using LdapHost host = Host(more: "LDAP_TIMEOUT 1");
        Task<AuthOutcome> late = host.LookupAsync("late@example.com");
        FakeRequest request = await _directory.NextAsync();
        for (int i = 0; !late.IsCompleted; i++)
        {
            Task<AuthOutcome> other = host.LookupAsync($"user{i}@example.com");
            (await NextSearchAsync()).Find($"user{i}");
            await AssertFoundAsync(other, $"user{i}");
            await Task.Delay(10);
        }

        Assert.Equal(Verdict.TempFail, (await late).Verdict);
        Assert.Equal("Err: ldap_search_ext_s failed: Timed out", Assert.Single(host.Errors));
        request.Find("late"); // too late: no other request gets it
        Task<AuthOutcome> last = host.LookupAsync("last@example.com");
        (await NextSearchAsync()).Find("last");
        await AssertFoundAsync(last, "last");
        Assert.Equal(1, _directory.Connections);
    }

    [Fact]
    public async Task A_silent_server_s_connection_is_dropped_with_all_that_is_under_way()
    {
        await using LdapHost host = Host(more: "LDAP_TIMEOUT 1");
        Task<AuthOutcome>[] lookups = LookUp(host, 5);
        FakeRequest request = (await _directory.NextAsync(5))["user0"];
        Assert.All(await Task.WhenAll(lookups), outcome => Assert.Equal(Verdict.TempFail, outcome.Verdict));
        Assert.EndsWith($"Timed out [{_directory.Uri}]", Assert.Single(host.Errors), StringComparison.Ordinal);
        Task<AuthOutcome> next = host.LookupAsync("next@example.com");
        FakeRequest fresh = await NextSearchAsync();
        Assert.False(fresh.IsOnSameConnectionAs(request));
        fresh.Find("next");
        await AssertFoundAsync(next, "next");
    }

    [Fact]
    public async Task What_a_lost_connection_had_not_answered_is_asked_once_more()
    {
        await using LdapHost host = Host();
        Task<AuthOutcome>[] lookups = LookUp(host, 10);
        (await _directory.NextAsync(10))["user3"].HangUp();
        Dictionary<string, FakeRequest> again = await _directory.NextAsync(10);
        Assert.Equal(2, _directory.Connections);
        for (int i = 0; i < 10; i++)
        {
            again[$"user{i}"].Find($"user{i}");
            await AssertFoundAsync(lookups[i], $"user{i}");
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task What_is_lost_twice_fails_for_the_time_being()
    {
        await using LdapHost host = Host();
        Task<AuthOutcome>[] lookups = LookUp(host, 10);
        (await _directory.NextAsync(10))["user3"].HangUp();
        (await _directory.NextAsync(10))["user5"].HangUp();
        Assert.All(await Task.WhenAll(lookups), outcome => Assert.Equal(Verdict.TempFail, outcome.Verdict));
        Assert.Equal("Err: ldap_search_ext_s failed: Can't contact LDAP server", Assert.Single(host.Errors));
        Task<AuthOutcome> next = host.LookupAsync("next@example.com");
        (await _directory.NextAsync()).Find("next");
        await AssertFoundAsync(next, "next");
    }

    [Fact]
    public async Task A_server_that_says_it_is_going_away_still_answers_what_it_has()
    {
        await using LdapHost host = Host();
        Task<AuthOutcome>[] lookups = LookUp(host, 3);
        Dictionary<string, FakeRequest> requests = await _directory.NextAsync(3);
        requests["user0"].End(FakeDirectory.Application(5), 52);
        FakeRequest again = await _directory.NextAsync();
        Assert.Equal("user0", again.User);
        Assert.False(again.IsOnSameConnectionAs(requests["user0"]));
        again.Find("user0");
        requests["user2"].Find("user2");
        requests["user1"].Find("user1");
        for (int i = 0; i < 3; i++)
        {
            await AssertFoundAsync(lookups[i], $"user{i}");
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_change_is_never_sent_twice()
    {
        await using LdapHost host = Host();
        Task<AuthOutcome> change = host.ChangeAsync("alice@example.com", "secret", "new");
        (await _directory.NextAsync()).Find("alice");
        FakeRequest modify = await _directory.NextAsync();
        Assert.Equal(ModifyRequest, modify.Tag);
        modify.HangUp();
        Assert.Equal(Verdict.TempFail, (await change).Verdict);
        Task<AuthOutcome> next = host.LookupAsync("next@example.com");
        (await _directory.NextAsync()).Find("next");
        await AssertFoundAsync(next, "next");
        Assert.Equal(0, _directory.Waiting);
    }

    [Fact]
    public async Task A_server_that_takes_nothing_for_a_while_loses_nothing()
    {
        const int count = 100; // more than may be under way at once, and more than the sockets hold
        await using LdapHost host = Host(more: $"LDAP_FILTER (|(cn={new string('x', 100_000)})(cn=*))");
        Task<AuthOutcome> first = host.LookupAsync("first@example.com");
        FakeRequest request = await _directory.NextAsync();
        _directory.Stall();
        request.Find("first");
        await AssertFoundAsync(first, "first");

        Task<AuthOutcome>[] lookups = LookUp(host, count);
        await Task.Delay(100);
        Assert.InRange(_directory.Waiting, 0, 1);
        _directory.Read();
        for (int i = 0; i < count; i++)
        {
            (await NextSearchAsync()).Find();
        }

        for (int i = 0; i < count; i++)
        {
            await AssertFoundAsync(lookups[i], $"user{i}");
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Binds_have_connections_of_their_own()
    {
        await using LdapHost host = Host(more: "LDAP_AUTHBIND 1");
        for (int i = 0; i < 3; i++)
        {
            Task<AuthOutcome> login = host.LoginAsync("alice@example.com", "whatever");
            (await _directory.NextAsync()).End(FakeDirectory.Application(5), 0);
            Assert.Equal(Reasons.UnknownUser, (await login).Reason);
            login = host.LoginAsync("alice@example.com", "whatever");
            (await NextSearchAsync()).Find("alice");
            if (i == 0)
            {
                (await _directory.NextAsync()).End(FakeDirectory.Application(5), 0); // the probe of the connection for binds
            }

            Assert.Equal(Verdict.Accept, (await login).Verdict);
        }

        Assert.Equal(2, _directory.Connections);
    }

    /// <summary>The next search; requests to abandon others are skipped.</summary>
    private async Task<FakeRequest> NextSearchAsync()
    {
        FakeRequest request;
        do
        {
            request = await _directory.NextAsync();
        }
        while (request.Tag != FakeDirectory.Application(3));
        return request;
    }
}
