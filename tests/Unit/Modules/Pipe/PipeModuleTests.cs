// authpipe with programs that behave and programs that do not: only the request concerned fails.
using System.Globalization;
using Authd.Core;
using Authd.Modules;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pipe;

public sealed class PipeModuleTests : IAsyncLifetime, IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly LogLines _log = new(debugLevel: 1);
    private readonly BlockingWork _blocking = new(1);
    private IAuthModule _module = null!;

    private string Program => _scratch["authProg"];

    public Task InitializeAsync()
    {
        Start(AuthPrograms.Misbehaving);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    public void Dispose()
    {
        _blocking.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("exit")]
    [InlineData("half")]
    [InlineData("halfexit")]
    [InlineData("silent")]
    [InlineData("late")]
    [InlineData("twice")]
    [InlineData("long")]
    [InlineData("much")]
    [InlineData("binary")]
    public async Task A_wrong_answer_is_a_temporary_failure_of_that_request_alone(string how)
    {
        int first = await RunThatAnswersAsync();

        Assert.Equal(AuthOutcome.TempFail(Reasons.ProgramFailed), await LookUp(how));

        Assert.NotEqual(first, await RunThatAnswersAsync());
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(first), "the end of the program that did wrong");
        Assert.Single(_log.All, line => line.StartsWith($"Err authpipe: {Program}: ", StringComparison.Ordinal));
        Assert.Single(_log.All, line => line == $"Info authpipe: {Program} answers again");
    }

    [Fact]
    public async Task An_answer_that_nobody_waits_for_is_never_taken_for_another()
    {
        int first = Run(await LookUp("again"));
        await Eventually.IsTrueAsync(() => File.Exists(Program + ".said"), "the second answer");

        Assert.NotEqual(first, await RunThatAnswersAsync());
        Assert.Contains($"Debug child died or sent spurious data (pid: {first})", _log.All);
    }

    [Fact]
    public async Task The_death_of_an_idle_program_costs_no_request()
    {
        int first = await RunThatAnswersAsync();
        await ProcessRunner.SignalAsync(first, "KILL");
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(first), "the program's end");

        Assert.NotEqual(first, await RunThatAnswersAsync());
        Assert.DoesNotContain(_log.All, line => line.StartsWith("Err", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_will_not_end_is_killed_when_the_module_goes()
    {
        int stubborn = Run(await LookUp("stubborn"));

        await _module.DisposeAsync();
        _module = Create("");

        Assert.False(ProcessTree.IsAlive(stubborn));
        Assert.Contains($"Debug killing (SIGTERM) child pid {stubborn}", _log.All);
        Assert.Contains($"Debug killing (SIGKILL) child pid {stubborn}", _log.All);
    }

    [Fact]
    public async Task Programs_that_never_answer_do_not_make_others_fail()
    {
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.TempFail, (await LookUp("exit")).Verdict);
        }

        await RunThatAnswersAsync();
        Assert.Single(_log.All, line => line.StartsWith("Err", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_requests_own_deadline_counts_too()
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromMilliseconds(50));
        Assert.Equal(Verdict.TempFail, (await LookUp("silent", deadline.Token)).Verdict);
        await RunThatAnswersAsync();
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_is_a_temporary_failure()
    {
        await File.WriteAllTextAsync(Program, "#!/no/such/interpreter\n");

        Assert.Equal(Verdict.TempFail, (await LookUp("ok")).Verdict);
        Assert.Equal(Verdict.TempFail, (await LookUp("ok")).Verdict);
        string error = $"Err authpipe: {Program}: cannot start {Program}: No such file or directory";
        Assert.Equal([error], _log.All.Where(line => line.StartsWith("Err", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_program_that_answers_once_and_ends_costs_no_request()
    {
        Start(AuthPrograms.OneAnswer);
        HashSet<int> runs = [];
        for (int i = 0; i < 8; i++)
        {
            AuthRequest login = new(new RequestContext("imap"), "login", $"u{i}\nsecret\n");
            runs.Add(Run(i % 2 == 0 ? await LookUp($"u{i}") : await _module.AuthenticateAsync(login, CancellationToken.None)));
        }

        Assert.Equal(8, runs.Count);
        Assert.DoesNotContain(_log.All, line => !line.StartsWith("Debug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_ends_is_asked_once_more_only_after_an_earlier_answer()
    {
        Start(AuthPrograms.OneAnswer);
        await LookUp("u");
        Assert.Equal(AuthOutcome.TempFail(Reasons.ProgramFailed), await LookUp("die"));

        // The one that had answered, and a new one.
        Assert.Equal(2, _log.All.Count(line => line.StartsWith("Debug Pipe auth. started", StringComparison.Ordinal)));
        Assert.Equal(Verdict.Accept, (await LookUp("u")).Verdict);
    }

    [Fact]
    public async Task A_password_change_that_may_have_been_read_is_not_sent_again()
    {
        Start(AuthPrograms.OneAnswer);
        await LookUp("u");
        PasswordChange change = new(new RequestContext("imap"), "u", "a", "b");
        Assert.Equal(Verdict.TempFail, (await _module.ChangePasswordAsync(change, CancellationToken.None)).Verdict);
    }

    [Fact]
    public async Task A_password_change_that_nobody_can_have_read_is_sent_again()
    {
        await LookUp("stubborn");
        PasswordChange change = new(new RequestContext("imap"), "nobody", "a", "b");
        Assert.Equal(Verdict.Reject, (await _module.ChangePasswordAsync(change, CancellationToken.None)).Verdict);
    }

    [Fact]
    public async Task One_name_that_kills_the_program_keeps_nobody_else_waiting()
    {
        Start(AuthPrograms.Misbehaving, "[pipe]\nprograms = 1\n");
        using CancellationTokenSource stop = new();
        Task[] killers = [.. Enumerable.Range(0, 4).Select(_ => KillAsync())];
        for (int i = 0; i < 20; i++)
        {
            await RunThatAnswersAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(killers);

        async Task KillAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await LookUp("exit", stop.Token);
            }
        }
    }

    [Fact]
    public async Task A_program_that_answers_ENUMERATE_with_FAIL_lists_nobody()
    {
        Start(AuthPrograms.OneAnswer);
        Assert.Empty(await ListAsync());

        // Nor when the program had ended since.
        Assert.Empty(await ListAsync());
        Assert.DoesNotContain(_log.All, line => line.StartsWith("Err", StringComparison.Ordinal));

        async Task<List<Account>> ListAsync()
        {
            List<Account> accounts = [];
            await foreach (Account account in _module.EnumerateAsync(CancellationToken.None)!)
            {
                accounts.Add(account);
            }

            return accounts;
        }
    }

    [Theory]
    [InlineData("exit", Verdict.TempFail)]
    [InlineData("garbage", Verdict.TempFail)]
    [InlineData("twice", Verdict.TempFail)]
    [InlineData("nobody", Verdict.Reject)]
    public async Task A_password_change_is_done_only_when_the_program_says_so(string user, Verdict verdict)
    {
        PasswordChange change = new(new RequestContext("imap"), user, "a", "b");
        Assert.Equal(verdict, (await _module.ChangePasswordAsync(change, CancellationToken.None)).Verdict);
        await RunThatAnswersAsync();
    }

    [Fact]
    public async Task A_list_that_breaks_off_is_not_complete()
    {
        List<string?> names = [];
        await Assert.ThrowsAsync<EnumerationFailedException>(async () =>
        {
            await foreach (Account account in _module.EnumerateAsync(CancellationToken.None)!)
            {
                names.Add(account.Address);
            }
        });
        Assert.Equal(["a", "b"], names);
        await RunThatAnswersAsync();
    }

    [Fact]
    public async Task Without_a_program_the_module_is_passed_over_until_there_is_one()
    {
        File.Delete(Program);
        await _module.DisposeAsync();
        _module = Create("");
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("ok"));
        Assert.Null(_module.EnumerateAsync(CancellationToken.None));
        Assert.Equal(
            [$"Debug authpipe: disabled: failed to stat pipe program {Program}: No such file or directory"], _log.All);

        AuthPrograms.Install(AuthPrograms.Misbehaving, Program);
        await Eventually.IsTrueAsync(async () => (await LookUp("ok")).Verdict == Verdict.Accept, "the program in use");
    }

    [Fact]
    public async Task Requests_at_the_same_time_get_their_own_answers_from_few_programs()
    {
        Start("authprog.sh", "[pipe]\nprograms = 3\n");
        AuthOutcome[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => LookUp($"u{i}").AsTask()));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"u{i}"), answers.Select(answer => answer.Account?.Address));
        Assert.InRange(_log.All.Count(line => line.StartsWith("Debug Pipe auth. started", StringComparison.Ordinal)), 1, 3);
    }

    [Fact]
    public async Task The_log_tells_what_becomes_of_the_program()
    {
        int pid = await RunThatAnswersAsync();
        await RunThatAnswersAsync();

        string[] lines = [.. _log.All];
        string ends = lines[4]["Debug new pipe has ".Length..].Replace(",", "", StringComparison.Ordinal);
        Assert.Equal(
            [
                "Debug closing pipe", "Debug forking new one", "Debug attempting to fork",
                $"Debug Pipe auth. started Pipe-program (pid {pid})", lines[4], $"Debug executing {Program}",
                $"Debug reusing pipe, with {ends}",
            ],
            lines);
    }

    private void Start(string program, string ini = "[pipe]\nprograms = 1\ntimeout = 1\n")
    {
        AuthPrograms.Install(program, Program);
        _module = Create(ini);
    }

    private IAuthModule Create(string ini) =>
        ModuleRegistry.Create("authpipe", TestServices.Create(_scratch.Path, _log.Log, _blocking, ini))!;

    private ValueTask<AuthOutcome> LookUp(string user, CancellationToken cancel = default) =>
        _module.LookupAsync(new LookupRequest(new RequestContext("imap"), user), cancel);

    /// <summary>The process id of the program that answers.</summary>
    private async Task<int> RunThatAnswersAsync() => Run(await LookUp("ok"));

    private static int Run(AuthOutcome outcome) => int.Parse(outcome.Account!.Address!, CultureInfo.InvariantCulture);
}
