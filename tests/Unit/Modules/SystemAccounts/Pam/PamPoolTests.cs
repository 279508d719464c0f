// The start, reuse, replacement and end of PAM processes.
using Authd.Core.Configuration;
using Authd.Linux.Native;
using Authd.Modules.SystemAccounts.Pam;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.SystemAccounts.Pam;

public class PamPoolTests
{
    private static readonly PamSettings Settings = PamSettings.Read(DaemonIni.Parse("authdaemond.ini", ""));

    private readonly List<FakePamProcess> _processes = [];
    private readonly LogLines _log = new(0);
    private Func<CancellationToken, Task<PamResult>> _answer = _ => Task.FromResult(FakePamProcess.Success);

    [Fact]
    public async Task A_process_serves_one_login_after_the_other_until_it_is_worn_out()
    {
        await using PamPool pool = Pool(Settings with { Conversations = 3 });
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal(FakePamProcess.Success, await pool.RunAsync(Login(), default));
        }

        Assert.Equal([3, 3, 1], _processes.Select(p => p.Asked));
        Assert.Equal([true, true, false], _processes.Select(p => p.Ended));
        Assert.Empty(_log.All);
    }

    [Fact]
    public async Task A_change_of_a_password_has_a_process_of_its_own()
    {
        await using PamPool pool = Pool(Settings);
        await pool.RunAsync(Login(), default);
        await pool.RunAsync(Login() with { Task = PamTask.AuthenticateAndChange }, default);
        await pool.RunAsync(Login(), default);
        Assert.Equal([(2, false), (1, true)], _processes.Select(p => (p.Asked, p.Ended)));
    }

    [Fact]
    public async Task A_process_that_was_changed_is_replaced()
    {
        await using PamPool pool = Pool(Settings);
        _answer = _ => Task.FromResult(FakePamProcess.Success with { Changes = "umask 022 to 0777", Modules = "pam_x" });
        Assert.True((await pool.RunAsync(Login(), default))!.Succeeded);
        Assert.True(Assert.Single(_processes).Ended);
        Assert.Equal(
            "Warn authpam: service=imap, user=john: a PAM module (pam_x) changed umask 022 to 0777 and left it so; "
            + "its process 1 is replaced", Assert.Single(_log.All));
    }

    [Fact]
    public async Task A_process_that_dies_costs_one_login()
    {
        await using PamPool pool = Pool(Settings);
        _answer = _ => throw new EndOfStreamException();
        Assert.Null(await pool.RunAsync(Login(), default));
        _answer = _ => Task.FromResult(FakePamProcess.Success);
        Assert.NotNull(await pool.RunAsync(Login(), default));
        Assert.Equal([true, false], _processes.Select(p => p.Ended));
        Assert.Equal(
            "Err authpam: service=imap, user=john: the PAM process 1 (pam_fake) ended: killed by signal 9; it is replaced",
            Assert.Single(_log.All));
    }

    [Fact]
    public async Task A_process_that_hangs_is_ended_at_its_deadline()
    {
        await using PamPool pool = Pool(Settings with { Conversation = TimeSpan.FromMilliseconds(20) });
        _answer = Hang;
        Assert.Null(await pool.RunAsync(Login(), default));
        Assert.True(Assert.Single(_processes).Ended);
        Assert.Contains("no answer from PAM (pam_fake) within", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_gives_up_ends_its_process()
    {
        await using PamPool pool = Pool(Settings);
        using CancellationTokenSource cancel = new();
        _answer = Hang;
        Task<PamResult?> asking = pool.RunAsync(Login(), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.True(Assert.Single(_processes).Ended);
    }

    [Fact]
    public async Task Who_finds_no_place_waits_and_then_gives_up()
    {
        await using PamPool pool = Pool(Settings with { Processes = 1, Wait = TimeSpan.FromMilliseconds(20) });
        TaskCompletionSource<PamResult> first = new();
        _answer = _ => first.Task;
        Task<PamResult?> holder = pool.RunAsync(Login(), default);
        PamRequest late = Login();
        Assert.Null(await pool.RunAsync(late, default));
        Assert.All(late.Password, b => Assert.Equal(0, b));
        Assert.StartsWith("Err authpam: all 1 PAM processes are busy", Assert.Single(_log.All), StringComparison.Ordinal);

        Task<PamResult?> waiting = Pool(Settings with { Processes = 1 }).RunAsync(Login(), default);
        first.SetResult(FakePamProcess.Success);
        Assert.NotNull(await holder);
        Assert.NotNull(await waiting);
    }

    [Fact]
    public async Task An_idle_process_that_has_ended_is_not_used()
    {
        await using PamPool pool = Pool(Settings);
        await pool.RunAsync(Login(), default);
        _processes[0].IsWaiting = false;
        await pool.RunAsync(Login(), default);
        Assert.Equal([(1, true), (1, false)], _processes.Select(p => (p.Asked, p.Ended)));
    }

    [Fact]
    public async Task Idle_processes_end()
    {
        await using PamPool pool = Pool(Settings with { Idle = TimeSpan.FromMilliseconds(20) });
        await pool.RunAsync(Login(), default);
        await Eventually.IsTrueAsync(() => _processes[0].Ended, "the end of the idle process");
    }

    [Fact]
    public async Task The_end_of_the_pool_is_the_end_of_its_processes()
    {
        await using (PamPool pool = Pool(Settings))
        {
            await pool.RunAsync(Login(), default);
        }

        Assert.True(_processes[0].Ended);
    }

    [Fact]
    public async Task What_is_printed_is_logged_line_by_line_up_to_a_bound()
    {
        await using PamPool pool = Pool(Settings);
        _answer = _ =>
        {
            _processes[0].Output = "one\n\ntwo\x1b\n" + string.Concat(Enumerable.Repeat("more\n", 100));
            return Task.FromResult(FakePamProcess.Success);
        };
        await pool.RunAsync(Login(), default);
        Assert.Equal("Info authpam: service=imap, user=john: one", _log.All[0]);
        Assert.Equal("Info authpam: service=imap, user=john: two.", _log.All[1]);
        Assert.Equal(21, _log.All.Count);
        Assert.Equal("Warn authpam: service=imap, user=john: PAM (pam_fake) printed more, which is left out", _log.All[^1]);
    }

    [Fact]
    public async Task A_process_that_cannot_be_started_is_a_temporary_failure_told_once()
    {
        await using PamPool pool = new("authpam", Settings, _log.Log, start: () => throw new LibcException("posix_spawn", 11));
        Assert.Null(await pool.RunAsync(Login(), default));
        Assert.Null(await pool.RunAsync(Login(), default));
        Assert.StartsWith("Err authpam: no PAM process: posix_spawn: ", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    private static async Task<PamResult> Hang(CancellationToken cancel)
    {
        await Task.Delay(Timeout.Infinite, cancel);
        return FakePamProcess.Success;
    }

    private static PamRequest Login() =>
        new() { Task = PamTask.LogIn, Service = "imap", User = "john", Password = [1, 2, 3] };

    private PamPool Pool(PamSettings settings) => new("authpam", settings, _log.Log, helper: null, start: () =>
    {
        FakePamProcess process = new(_processes.Count + 1, cancel => _answer(cancel));
        _processes.Add(process);
        return process;
    });
}
