// Events of the file: locked, replaced, gone, broken, read-only, with a write-ahead log.
using System.Diagnostics;
using Authd.Core;
using Authd.Linux.Events;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteFileTests : IAsyncLifetime
{
    private SqliteFile _file = null!;

    public async Task InitializeAsync() => _file = await SqliteFile.NewAsync();

    public Task DisposeAsync()
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    private SqliteHost Host(string ini = "") => new(_file.Settings, ini);

    [Fact]
    public async Task A_lock_is_waited_for_and_then_no_longer()
    {
        await using SqliteHost host = Host("[sqlite]\nbusy-timeout = 1");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        using Process locker = await LockAsync();
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal("Err: authsqlite: database is locked", Assert.Single(host.Errors));

        await using SqliteHost patient = Host("[sqlite]\nbusy-timeout = 25\nstatement-timeout = 25");
        Task<AuthOutcome> waiting = patient.LookupAsync("alice");
        await locker.StandardInput.WriteLineAsync("ROLLBACK;");
        await locker.StandardInput.FlushAsync();
        Assert.Equal(Verdict.Accept, (await waiting).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        locker.StandardInput.Close();
        await locker.WaitForExitAsync();
    }

    [Fact]
    public async Task A_replaced_database_is_noticed_at_once()
    {
        await using SqliteHost host = Host();
        Assert.Equal("/home/alice", (await host.LookupAsync("alice")).Account!.Home);
        string fresh = _file.Path + ".new";
        await SqliteFile.FillAsync(fresh);
        await SqliteFile.SqlAsync(fresh, "UPDATE passwd SET home = '/new/alice' WHERE id LIKE 'alice%'");
        File.Move(fresh, _file.Path, overwrite: true);
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.LookupAsync("alice")));
        Assert.All(outcomes, outcome => Assert.Equal("/new/alice", outcome.Account!.Home));

        await _file.SqlAsync("ALTER TABLE passwd ADD COLUMN more text; UPDATE passwd SET home = '/newer/alice' WHERE id LIKE 'alice%'");
        Assert.Equal("/newer/alice", (await host.LookupAsync("alice")).Account!.Home);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_database_that_is_gone_or_none_fails_for_the_time_being_and_is_told_once()
    {
        await using SqliteHost host = Host();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        string kept = _file.Path + ".kept";
        File.Move(_file.Path, kept);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice", "password")).Verdict);
        }

        Assert.Equal($"Err: sqllite3_open({_file.Path}): unable to open database file; there is no such file, or its directory "
            + "is closed: correct SQLITE_DATABASE in authsqliterc, or make it", Assert.Single(host.Errors));
        Assert.False(File.Exists(_file.Path), "no empty database has been made");
        File.Move(kept, _file.Path);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);

        await File.WriteAllTextAsync(_file.Path, new string('x', 4096));
        File.Move(_file.Path, kept);
        File.Copy(kept, _file.Path);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        }

        Assert.Equal($"Err: sqllite3_open({_file.Path}): file is not a database", Assert.Single(host.Errors[1..]));
        Assert.Single(host.Lines, line => line == "Info: authsqlite: connected to the database again");
    }

    [Fact]
    public async Task A_slow_statement_is_given_up_and_holds_nobody_up()
    {
        await using SqliteHost host = new(
            _file.Settings + "\nSQLITE_SELECT_CLAUSE SELECT id, crypt, '', uid, gid, home FROM passwd WHERE id = '$(local_part)@example.com' "
            + "AND ('$(domain)' <> 'slow' OR (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c) > 0)",
            "[sqlite]\nstatement-timeout = 2");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@x")).Verdict);
        Task<AuthOutcome> blocked = host.LookupAsync("alice@slow");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@x")).Verdict);
        }

        Assert.False(blocked.IsCompleted, "ten look-ups passed the slow one");
        Assert.Equal(Verdict.TempFail, (await blocked).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@x")).Verdict);
        await Eventually.IsTrueAsync(
            () => host.Lines.Contains("Debug: authsqlite: opening the database again"), "the end of the interrupted statement");
    }

    /// <summary>A look-up that makes and counts so many rows first if the domain is <c>slow</c>.</summary>
    private string Counting(int rows) => _file.Settings
        + "\nSQLITE_SELECT_CLAUSE SELECT id, crypt, '', uid, gid, home FROM passwd WHERE id = '$(local_part)@example.com' "
        + $"AND ('$(domain)' <> 'slow' OR (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {rows}) SELECT max(x) FROM c) = {rows})";

    [Fact]
    public async Task A_statement_that_takes_longer_than_a_moment_gives_the_same_answer()
    {
        await using SqliteHost host = new(Counting(100_000));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("/home/alice", (await host.LookupAsync("alice@slow")).Account?.Home);
            Assert.Equal("/home/alice", (await host.LookupAsync("alice@x")).Account?.Home);
            Assert.Equal(Reasons.UnknownUser, (await host.LookupAsync("nobody@slow")).Reason);
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task While_the_database_is_locked_or_a_statement_takes_long_the_events_go_on()
    {
        await using SqliteHost host = new(Counting(100_000_000), "[sqlite]\nbusy-timeout = 25\nstatement-timeout = 2");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@x")).Verdict);
        using Process locker = await LockAsync();
        Task<AuthOutcome> waiting = host.LookupAsync("alice@x");
        await EventsAreHandledAsync();
        Assert.False(waiting.IsCompleted);
        await locker.StandardInput.WriteLineAsync("ROLLBACK;");
        await locker.StandardInput.FlushAsync();
        Assert.Equal(Verdict.Accept, (await waiting).Verdict);

        Task<AuthOutcome> slow = host.LookupAsync("alice@slow");
        await EventsAreHandledAsync();
        Assert.False(slow.IsCompleted);
        Assert.Equal(Verdict.TempFail, (await slow).Verdict);
        locker.StandardInput.Close();
        await locker.WaitForExitAsync();
    }

    [Fact]
    public async Task A_look_up_that_changes_something_is_never_begun_twice()
    {
        await _file.SqlAsync("CREATE TABLE seen (n int)");
        await using SqliteHost host = new(_file.Settings
            + "\nSQLITE_SELECT_CLAUSE INSERT INTO seen VALUES (1); SELECT id, crypt, '', uid, gid, home FROM passwd WHERE id = '$(local_part)@example.com'");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@x")).Verdict);
        }

        Assert.Equal("5", (await _file.SqlAsync("SELECT count(*) FROM seen")).Trim());
    }

    [Fact]
    public async Task A_write_ahead_log_and_a_writer_beside_us_do_no_harm()
    {
        await _file.SqlAsync("PRAGMA journal_mode = WAL");
        await using SqliteHost host = Host();
        using Process locker = await LockAsync("BEGIN IMMEDIATE; UPDATE passwd SET home = '/x';");
        Assert.Equal("/home/alice", (await host.LookupAsync("alice")).Account!.Home);
        await locker.StandardInput.WriteLineAsync("COMMIT;");
        locker.StandardInput.Close();
        await locker.WaitForExitAsync();
        Assert.Equal("/x", (await host.LookupAsync("alice")).Account!.Home);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("alice", "password", "new"));
        Assert.Empty(host.Errors);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("WAL")]
    public async Task A_read_only_file_system_serves_look_ups_and_refuses_changes(string journal)
    {
        await _file.SqlAsync("PRAGMA journal_mode = " + journal);
        await ProcessRunner.RunOrThrowAsync(["mount", "--bind", _file.Folder, _file.Folder]);
        try
        {
            await ProcessRunner.RunOrThrowAsync(["mount", "-o", "remount,ro,bind", _file.Folder]);
            await using SqliteHost host = Host();
            Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "password")).Verdict);
            Assert.Empty(host.Errors);
            Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("alice", "password", "new")).Verdict);
            Assert.Contains("readonly database", Assert.Single(host.Errors), StringComparison.Ordinal);
        }
        finally
        {
            // Lazily, because the connection may be closed a moment after its answer.
            await ProcessRunner.RunOrThrowAsync(["umount", "--lazy", _file.Folder]);
        }
    }

    [Fact]
    public async Task The_file_of_settings_is_read_again_when_it_changes_and_a_bad_one_leaves_the_old_in_use()
    {
        await using SqliteHost host = Host();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        host.Write("SQLITE_USER_TABLE passwd");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal($"Err: SQLITE_DATABASE not found in {host.RcPath}; what was read of the file before stays in use", Assert.Single(host.Errors));
        host.Write(_file.Settings + "\nSQLITE_WHERE_CLAUSE 0");
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("alice")).Verdict);
        Assert.Contains($"Debug: authsqlite: reloaded {host.RcPath}", host.Lines);
        host.Write(_file.Settings + "\nSQLITE_ENUMERATE_CLAUSE SELECT '$(domain)");
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("alice")).Verdict);
        Assert.EndsWith(
            ":12: SQLITE_ENUMERATE_CLAUSE: unterminated '; what was read of the file before stays in use", host.Errors[^1], StringComparison.Ordinal);
    }

    private static Task EventsAreHandledAsync()
    {
        TaskCompletionSource handled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        EventLoop.OfProcess.Invoke(handled.SetResult);
        return handled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Another process that already holds a lock when this returns.</summary>
    private async Task<Process> LockAsync(string sql = "BEGIN EXCLUSIVE;")
    {
        ProcessStartInfo start = new("sqlite3", ["-batch", _file.Path]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        Process locker = Process.Start(start)!;
        await locker.StandardInput.WriteLineAsync(sql + " SELECT 'locked';");
        await locker.StandardInput.FlushAsync();
        Assert.Equal("locked", await locker.StandardOutput.ReadLineAsync());
        return locker;
    }
}
