// The module authpipe: one external program that speaks the daemon's own protocol on stdin and stdout.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;

namespace Authd.Modules.Pipe;

/// <summary>authpipe. Nothing in it blocks: requests wait for pipes, not threads.</summary>
public sealed class PipeModule : IAuthModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string ModuleName = "authpipe";

    /// <summary>Between two accounts of a list.</summary>
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(60);

    private readonly Log _log;
    private readonly PipeSettings _settings;
    private readonly string _path;
    private readonly ProgramFile _file;
    private readonly ProgramPool _pool;
    private int _failing;

    /// <summary>Looks whether the program is there; starts nothing yet.</summary>
    /// <exception cref="ConfigurationException">Section <c>[pipe]</c> of authdaemond.ini is wrong.</exception>
    public PipeModule(ModuleServices services)
    {
        _log = services.Log;
        _settings = PipeSettings.Read(services.Ini);
        _path = _settings.Program ?? Path.Combine(services.ConfigDirectory, "authProg");
        _file = new ProgramFile(_path, _log);
        _pool = new ProgramPool(_path, _settings.Programs, _log);
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    // A program that runs is used even while its file is being replaced.
    private bool IsDisabled => _pool.IsEmpty && !_file.IsExecutable();

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        AskAsync($"PRE . {request.Context.Service} {request.User}\n", PipeAnswers.ReadAccountAsync, cancel);

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        string payload = $"{request.Context.Service}\n{request.AuthType}\n{request.AuthData}";
        return AskAsync($"AUTH {payload.Length}\n{payload}", PipeAnswers.ReadAccountAsync, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) => AskAsync(
        $"PASSWD {request.Context.Service}\t{request.User}\t{request.OldPassword}\t{request.NewPassword}\n",
        PipeAnswers.ReadChangedAsync,
        cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => IsDisabled ? null : ListAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async ValueTask<AuthOutcome> AskAsync(
        string request, Func<PipeProgram, CancellationToken, Task<AuthOutcome>> readAnswer, CancellationToken cancel)
    {
        if (IsDisabled)
        {
            return AuthOutcome.Reject(Reasons.UnknownUser);
        }

        try
        {
            PipeProgram program = await _pool.TakeAsync(cancel);
            bool answered = false;
            try
            {
                using CancellationTokenSource limit = Limit(_settings.Timeout, cancel);
                await program.SendAsync(request, limit.Token);
                AuthOutcome outcome = await readAnswer(program, limit.Token);
                answered = true;
                ReportAnswer();
                return outcome;
            }
            finally
            {
                _pool.GiveBack(program, answered);
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            ReportFailure(failure);
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }
    }

    private async IAsyncEnumerable<Account> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        PipeProgram program = await OrUnfinishedAsync(_pool.TakeAsync(cancel).AsTask());
        bool answered = false;
        try
        {
            using CancellationTokenSource limit = Limit(ListTimeout, cancel);
            Account? account = await OrUnfinishedAsync(FirstListedAsync(program, limit.Token));
            while (account is not null)
            {
                yield return account;

                // Other requests may have the thread; and only the program's time counts, not the client's.
                await Task.Yield();
                limit.CancelAfter(ListTimeout);
                account = await OrUnfinishedAsync(PipeAnswers.ReadListedAsync(program, limit.Token));
            }

            answered = true;
            ReportAnswer();
        }
        finally
        {
            _pool.GiveBack(program, answered);
        }
    }

    private static async Task<Account?> FirstListedAsync(PipeProgram program, CancellationToken cancel)
    {
        await program.SendAsync("ENUMERATE\n", cancel);
        return await PipeAnswers.ReadListedAsync(program, cancel);
    }

    private async Task<T> OrUnfinishedAsync<T>(Task<T> step)
    {
        try
        {
            return await step;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            ReportFailure(failure);
            throw new EnumerationFailedException(failure.Message, failure);
        }
    }

    private static CancellationTokenSource Limit(TimeSpan time, CancellationToken cancel)
    {
        CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(time);
        return limit;
    }

    /// <summary>One line when the failures begin, one when they are over.</summary>
    private void ReportFailure(Exception failure)
    {
        if (Interlocked.Exchange(ref _failing, 1) == 0)
        {
            string why = failure is OperationCanceledException ? "no answer in time" : failure.Message;
            _log.Err($"{ModuleName}: {WireText.FromUnicode(_path)}: {WireText.FromUnicode(why)}");
        }
    }

    private void ReportAnswer()
    {
        if (Interlocked.Exchange(ref _failing, 0) == 1)
        {
            _log.Info($"{ModuleName}: {WireText.FromUnicode(_path)} answers again");
        }
    }
}
