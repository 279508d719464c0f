// The logins that authpostfix records, without ever delaying one.
using System.Collections.Concurrent;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Modules.PostfixRelay;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.PostfixRelay;

public sealed class LoginRecorderTests
{
    private readonly LogLines _lines = new(debugLevel: 0);

    [Fact]
    public async Task Logins_to_the_services_from_other_machines_are_recorded()
    {
        FakeTable table = new();
        await using (LoginRecorder recorder = Recorder(table))
        {
            foreach (string service in new[] { "imap", "imaps", "pop3", "pop3s", "smtp", "webmail", "" })
            {
                recorder.Accepted(new RequestContext(service, $"2001:db8::{service.Length + 1}"));
            }

            recorder.Accepted(new RequestContext("imap", "::ffff:192.0.2.7"));
            recorder.Accepted(new RequestContext("imap", "127.0.0.1"));
            recorder.Accepted(new RequestContext("imap", "::1"));
            recorder.Accepted(new RequestContext("imap", "unknown"));
            recorder.Accepted(new RequestContext("imap"));
        }

        Assert.Equal(["192.0.2.7", "2001:db8::5", "2001:db8::6"], table.Entries.Keys.Order());
        Assert.All(table.Entries.Values, static time => Assert.InRange(LoginTime.Now - time, 0, 60));
        Assert.True(table.IsDisposed);
        Assert.Empty(_lines.All);
    }

    [Fact]
    public async Task The_services_are_a_setting()
    {
        FakeTable table = new();
        await using (LoginRecorder recorder = Recorder(table, "services = webmail, submission"))
        {
            recorder.Accepted(new RequestContext("imap", "192.0.2.1"));
            recorder.Accepted(new RequestContext("webmail", "192.0.2.2"));
            recorder.Accepted(new RequestContext("submission", "192.0.2.3"));
        }

        Assert.Equal(["192.0.2.2", "192.0.2.3"], table.Entries.Keys.Order());
    }

    [Fact]
    public async Task A_table_that_is_away_is_told_once_and_gets_the_logins_when_it_is_back()
    {
        FakeTable table = new() { Failure = new LoginTableException("the table is away") };
        await using (LoginRecorder recorder = Recorder(table))
        {
            recorder.Accepted(new RequestContext("imap", "192.0.2.1"));
            await Eventually.IsTrueAsync(() => table.Attempts >= 1, "the first attempt");
            recorder.Accepted(new RequestContext("imap", "192.0.2.2"));
            await Eventually.IsTrueAsync(() => table.Attempts >= 2, "the second attempt");
            table.Failure = null;
        }

        Assert.Equal(["192.0.2.1", "192.0.2.2"], table.Entries.Keys.Order());
        Assert.Equal(
            ["Err authpostfix: the table is away", "Info authpostfix: the login table can be written to again"], _lines.All);
    }

    [Fact]
    public async Task A_bug_in_a_table_is_logged_and_the_worker_lives()
    {
        FakeTable table = new() { Failure = new InvalidOperationException("oh dear") };
        await using LoginRecorder recorder = Recorder(table);
        recorder.Accepted(new RequestContext("imap", "192.0.2.1"));
        await Eventually.IsTrueAsync(() => _lines.All.Count > 0, "the line");
        Assert.Contains("Err authpostfix: internal error: System.InvalidOperationException: oh dear", _lines.All[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_blocks_keeps_no_login_waiting_and_too_many_addresses_are_told_once()
    {
        using ManualResetEventSlim go = new();
        FakeTable table = new() { Before = go };
        await using (LoginRecorder recorder = Recorder(table))
        {
            for (int i = 0; i < 2500; i++)
            {
                recorder.Accepted(new RequestContext("imap", $"198.51.{i / 256}.{i % 256}"));
            }

            Assert.Equal(["Warn authpostfix: 1000 addresses wait to be written; further ones are not recorded"], _lines.All);
            go.Set();
        }

        Assert.InRange(table.Entries.Count, 1000, 2000);
    }

    [Fact]
    public async Task Old_entries_are_removed_by_the_process_that_holds_the_lock()
    {
        using ScratchDirectory scratch = new();
        FakeTable table = new();
        table.Entries["192.0.2.1"] = LoginTime.Now - 7200;
        table.Entries["192.0.2.2"] = LoginTime.Now - 60;
        await using (Recorder(table, "expire-minutes = 60", scratch["relay.lock"]))
        {
            await Eventually.IsTrueAsync(() => !table.Entries.ContainsKey("192.0.2.1"), "the end of the old entry");
        }

        Assert.Equal(["192.0.2.2"], table.Entries.Keys);
    }

    private LoginRecorder Recorder(ILoginTable table, string setting = "", string? expiryLock = null) => new(
        table, RelaySettings.Read(DaemonIni.Parse("authdaemond.ini", $"[relay]\n{setting}")), expiryLock, _lines.Log);

    private sealed class FakeTable : ILoginTable
    {
        private int _attempts;

        public ConcurrentDictionary<string, long> Entries { get; } = new(StringComparer.Ordinal);

        public volatile Exception? Failure;

        public ManualResetEventSlim? Before { get; init; }

        public bool IsDisposed { get; private set; }

        public int Attempts => Volatile.Read(ref _attempts);

        public void AddNeeds(WorkerNeeds needs)
        {
        }

        public void Record(IReadOnlyCollection<Login> logins)
        {
            Before?.Wait();
            Interlocked.Increment(ref _attempts);
            if (Failure is { } failure)
            {
                throw failure;
            }

            foreach (Login login in logins)
            {
                Entries[login.Address] = login.Time;
            }
        }

        public void RemoveUpTo(long time)
        {
            foreach (string address in Entries.Where(entry => entry.Value <= time).Select(entry => entry.Key))
            {
                Entries.TryRemove(address, out _);
            }
        }

        public void CloseIdle()
        {
        }

        public void Dispose() => IsDisposed = true;
    }
}
