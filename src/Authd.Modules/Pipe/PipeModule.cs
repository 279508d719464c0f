using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Linux.Files;

namespace Authd.Modules.Pipe;

/// <summary>authpipe: one external program that speaks the daemon's own protocol on stdin and stdout. Nothing here blocks: a
/// request that waits for a pipe holds no thread.</summary>
public sealed class PipeModule : ICacheableModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string ModuleName = "authpipe";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(ModuleName)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey | StoredPasswords.Clear,
        ReadSettings = static ini => PipeSettings.Read(ini),
        AddNeeds = AddNeeds,
        Create = static services => new PipeModule(services),
    };

    /// <summary>The longest wait between two accounts of a list.</summary>
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(60);

    private readonly Log _log;
    private readonly PipeSettings _settings;
    private readonly string _path;
    private readonly ProgramFile _file;
    private readonly ProgramPool _pool;
    private int _failing;

    /// <summary>Checks that the program exists; starts nothing yet.</summary>
    /// <exception cref="ConfigurationException">Section <c>[pipe]</c> of authdaemond.ini is wrong.</exception>
    public PipeModule(ModuleServices services)
    {
        _log = services.Log;
        _settings = PipeSettings.Read(services.Ini);
        _path = PathOf(_settings, services.ConfigDirectory);
        _file = new ProgramFile(_path, _log);
        _pool = new ProgramPool(_path, _settings.Programs, _log);
    }

    internal static void AddNeeds(WorkerNeeds needs)
    {
        needs.StartsPrograms = true;
        string program = PathOf(PipeSettings.Read(needs.Ini), needs.ConfigDirectory);
        if (RootFiles.Exists(program))
        {
            needs.NeedsRoot(ModuleName, $"its program {WireText.FromUnicode(program)} has always been run by root");
        }
    }

    private static string PathOf(PipeSettings settings, string configDirectory) =>
        settings.Program ?? Path.Combine(configDirectory, "authProg");

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public long ConfigurationVersion => _file.Version;

    // Only the program itself can judge challenges.
    /// <inheritdoc/>
    public bool AnswersChallengesByLookup => false;

    // A running program is used even while its file is being replaced.
    private bool IsDisabled => _pool.IsEmpty && !_file.IsExecutable();

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        AnswerAsync(
            new Question(request.User, $"PRE . {request.Context.Service} {request.User}\n", IsRepeatable: true),
            PipeAnswers.ReadAccountAsync,
            cancel);

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        string payload = $"{request.Context.Service}\n{request.AuthType}\n{request.AuthData}";
        return AnswerAsync(
            new Question(LoginData.ClaimedName(request), $"AUTH {payload.Length}\n{payload}", IsRepeatable: true),
            PipeAnswers.ReadAccountAsync,
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) => AnswerAsync(
        new Question(
            request.User,
            $"PASSWD {request.Context.Service}\t{request.User}\t{request.OldPassword}\t{request.NewPassword}\n",
            IsRepeatable: false),
        PipeAnswers.ReadChangedAsync,
        cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => IsDisabled ? null : ListAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async ValueTask<AuthOutcome> AnswerAsync(
        Question question, Func<PipeProgram, CancellationToken, Task<AuthOutcome>> readAnswer, CancellationToken cancel)
    {
        if (IsDisabled)
        {
            return AuthOutcome.Reject(Reasons.UnknownUser);
        }

        try
        {
            (PipeProgram program, AuthOutcome outcome) = await AskAsync(question, readAnswer, _settings.Timeout, cancel);
            _pool.GiveBack(program, question.Name, answered: true);
            ReportAnswer();
            return outcome;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            ReportFailure(failure);
            return AuthOutcome.TempFail(Reasons.ProgramFailed);
        }
    }

    private async IAsyncEnumerable<Account> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Question list = new("", "ENUMERATE\n", IsRepeatable: true);
        (PipeProgram program, Account? account) =
            await OrUnfinishedAsync(AskAsync(list, PipeAnswers.ReadFirstListedAsync, ListTimeout, cancel));
        bool answered = false;
        try
        {
            using CancellationTokenSource limit = Limit(ListTimeout, cancel);
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
            _pool.GiveBack(program, list.Name, answered);
        }
    }

    /// <summary>Asks a program, which the caller then gives back. Many programs answer once and end: if one that has answered
    /// before ends without a byte, a new one is asked.</summary>
    private async Task<(PipeProgram Program, T Answer)> AskAsync<T>(
        Question question, Func<PipeProgram, CancellationToken, Task<T>> readAnswer, TimeSpan time, CancellationToken cancel)
    {
        PipeProgram program = await _pool.TakeAsync(question.Name, fresh: false, cancel);
        bool wasUsed = program.HasAnswered;
        try
        {
            return (program, await AskAsync(program));
        }
        catch (ProgramEndedException end) when (wasUsed && (question.IsRepeatable || end.IsUnread))
        {
            _log.Debug($"{ModuleName}: the program had ended after an earlier answer; a new one is asked");
        }

        program = await _pool.TakeAsync(question.Name, fresh: true, cancel);
        return (program, await AskAsync(program));

        async Task<T> AskAsync(PipeProgram program)
        {
            bool answered = false;
            try
            {
                using CancellationTokenSource limit = Limit(time, cancel);
                await program.SendAsync(question.Text, limit.Token);
                T answer = await readAnswer(program, limit.Token);
                answered = true;
                return answer;
            }
            finally
            {
                if (!answered)
                {
                    _pool.GiveBack(program, question.Name, answered: false);
                }
            }
        }
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

    /// <summary>Logs one line when failures begin, and one when they are over.</summary>
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

    /// <summary>A request to the program.</summary>
    /// <param name="Name">The user that it is about; empty: all users.</param>
    /// <param name="Text">Wire text. It may hold a password.</param>
    /// <param name="IsRepeatable">It changes nothing and may be sent again.</param>
    private sealed record Question(string Name, string Text, bool IsRepeatable);
}
