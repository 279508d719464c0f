using System.Diagnostics;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;

namespace Authd.Core.Chain;

/// <summary>The modules of authmodulelist, in order; a module that is listed twice is asked twice.</summary>
/// <param name="modules">The modules.</param>
/// <param name="log">The log.</param>
/// <param name="logsSuccess">A login that succeeds leaves a line in the log as well.</param>
/// <param name="observers">Entries of authmodulelist that hear of accepted logins.</param>
public sealed class ModuleChain(
    IReadOnlyList<IAuthModule> modules, Log log, bool logsSuccess = false, params ILoginObserver[] observers)
{
    private const string AllModules = ".";
    private const string NoModule = "none";

    private static readonly (string Module, AuthOutcome Outcome, PasswordUse Use) NoAnswer =
        (NoModule, AuthOutcome.Reject(Reasons.UnknownUser), default);

    private static readonly (string Module, AuthOutcome Outcome, PasswordUse Use) NotAllowed =
        (NoModule, AuthOutcome.Reject(Reasons.NameNotAllowed), default);

    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<IAuthModule> Modules => modules;

    /// <summary>
    /// The password checker that all modules share. After a rejection without a password check, the chain has it do as much work
    /// as a check, so that response times do not reveal which names exist; <c>null</c>: no such work is done.
    /// </summary>
    public PasswordChecker? Passwords { get; init; }

    /// <summary>Makes the names that modules are asked for.</summary>
    public LoginNames Names { get; init; } = LoginNames.AsSent;

    /// <summary>Judges from where somebody logs in.</summary>
    public AllowedNetworks Networks { get; init; } = new("", log);

    /// <summary>PRE: asks all modules, or only the one that the selector names.</summary>
    public async ValueTask<AuthOutcome> LookupAsync(ClientRequest.Pre request, CancellationToken cancel)
    {
        if (log.Debugging)
        {
            log.Debug($"received userid lookup request: {request.Lookup.User}");
        }

        if (Names.Of(request.Lookup.User) is not { } name)
        {
            log.Debug(Reasons.NameNotAllowed);
            return AuthOutcome.Reject(Reasons.NameNotAllowed);
        }

        return (await AskAsync(
            request.Selector,
            name == request.Lookup.User ? request.Lookup : request.Lookup with { User = name },
            static (module, lookup, token) => module.LookupAsync(lookup, token),
            cancel)).Outcome;
    }

    /// <summary>AUTH. A login that fails leaves one line in the log whatever DEBUG_LOGIN says.</summary>
    public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (log.Debugging)
        {
            log.Debug($"received auth request, service={request.Context.Service}, authtype={request.AuthType}");
        }

        long start = Stopwatch.GetTimestamp();
        (string module, AuthOutcome outcome, PasswordUse use) = NotAllowed;
        if (Names.TryApply(request, out AuthRequest? named))
        {
            request = named;
            (module, outcome, use) = await AskAsync(
                AllModules,
                request,
                static (module, credentials, token) => module.AuthenticateAsync(credentials, token),
                cancel);
        }

        // Final: no further module is to let somebody in whom this one has known.
        outcome = Networks.Judge(outcome, request);
        if (use.Skipped && request.AuthType == LoginData.AuthType && LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            await CheckForNobodyAsync(use, login.Password, cancel);
        }

        if (logsSuccess || outcome.Verdict != Verdict.Accept)
        {
            log.Login(new LoginReport(
                LoginData.ClaimedName(request), request.Context, module, outcome, Stopwatch.GetElapsedTime(start)));
        }

        if (outcome.Verdict == Verdict.Accept)
        {
            foreach (ILoginObserver observer in observers)
            {
                observer.Accepted(request.Context);
            }
        }

        return outcome;
    }

    /// <summary>
    /// PASSWD: accepted when the password was changed. A temporary failure stops the chain, a rejection does not. A failed change
    /// is logged like a failed login, for it tells a guesser as much.
    /// </summary>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        (string Module, AuthOutcome Outcome, PasswordUse Use) answer = NoAnswer;
        string? name = Names.Of(request.User);
        request = name is null || name == request.User ? request : request with { User = name };
        foreach (IAuthModule module in name is null ? [] : modules)
        {
            AuthOutcome outcome = await AskAsync(
                module, request, static (m, change, token) => m.ChangePasswordAsync(change, token), cancel);
            if (outcome.Verdict == Verdict.Accept)
            {
                return outcome;
            }

            if (outcome.Verdict == Verdict.TempFail)
            {
                answer = (module.Name, outcome, default);
                break;
            }

            answer = MoreTelling(answer, module.Name, outcome);
        }

        answer = name is null ? NotAllowed : OfSomebody(answer);
        await CheckForNobodyAsync(answer.Use, request.OldPassword, cancel);
        log.Login(new LoginReport(
            request.User, request.Context, answer.Module, answer.Outcome, Stopwatch.GetElapsedTime(start)));
        return answer.Outcome;
    }

    /// <summary>After rejections without a password check, does as much work as a check.</summary>
    private ValueTask CheckForNobodyAsync(PasswordUse use, string password, CancellationToken cancel) =>
        use is { Skipped: true, Checked: false } && Passwords is not null
            ? Passwords.CheckForNobodyAsync(password, cancel)
            : ValueTask.CompletedTask;

    /// <summary>The use that the rejecting modules made of the request's password.</summary>
    /// <param name="Checked">A module compared it.</param>
    /// <param name="Skipped">A module would have compared it, but had no stored password.</param>
    private readonly record struct PasswordUse(bool Checked, bool Skipped)
    {
        internal PasswordUse After(AuthOutcome rejection) => new(
            Checked || rejection.Reason == Reasons.WrongPassword || Is(Reasons.DamagedHash, rejection),
            Skipped || rejection.Reason is Reasons.UnknownUser or Reasons.NoPassword or Reasons.AccountLocked
                || Is(Reasons.UnknownScheme, rejection));

        private static bool Is(string reason, AuthOutcome rejection) => rejection.Reason!.StartsWith(reason, StringComparison.Ordinal);
    }

    /// <summary>The more informative of two rejections, with the longer of both delays.</summary>
    private static AuthOutcome Better(AuthOutcome first, AuthOutcome second) => (SaysMore(second, first) ? second : first) with
    {
        FailureDelay = first.FailureDelay > second.FailureDelay ? first.FailureDelay : second.FailureDelay,
    };

    /// <summary>Whether a rejection is at least as informative as an earlier one, and says more than "unknown user".</summary>
    private static bool SaysMore(AuthOutcome later, AuthOutcome earlier) => later.Reason switch
    {
        Reasons.PassedOver => false,
        Reasons.Unsupported => earlier.Reason == Reasons.PassedOver,
        Reasons.UnknownUser => earlier.Reason is Reasons.Unsupported or Reasons.PassedOver,
        _ => true,
    };

    /// <summary>
    /// Asks until one module accepts or fails temporarily. When all reject, the answer is that of the last module whose reason is
    /// more than "unknown user", because the administrator needs to see it.
    /// </summary>
    private async ValueTask<(string Module, AuthOutcome Outcome, PasswordUse Use)> AskAsync<TRequest>(
        string selector,
        TRequest request,
        Func<IAuthModule, TRequest, CancellationToken, ValueTask<AuthOutcome>> ask,
        CancellationToken cancel)
    {
        (string Module, AuthOutcome Outcome, PasswordUse Use) answer = NoAnswer;
        foreach (IAuthModule module in modules)
        {
            if (selector != AllModules && selector != module.Name)
            {
                continue;
            }

            if (module is MissingModule)
            {
                answer = MoreTelling(answer, module.Name, AuthOutcome.Reject(Reasons.PassedOver));
                continue;
            }

            Debug(module, "trying this module");
            AuthOutcome outcome = await AskAsync(module, request, ask, cancel);
            if (outcome.Verdict == Verdict.TempFail)
            {
                Debug(module, "TEMPFAIL - no more modules will be tried");
            }

            if (outcome.Verdict != Verdict.Reject)
            {
                return (module.Name, outcome, default);
            }

            Debug(module, "REJECT - try next module");
            answer = MoreTelling(answer, module.Name, outcome);
        }

        answer = OfSomebody(answer);
        log.Debug(answer.Outcome.Verdict == Verdict.Reject ? "FAIL, all modules rejected" : "TEMPFAIL, there is no module to ask");
        return answer;
    }

    /// <summary>A chain that asked no module cannot say that the user is unknown.</summary>
    private (string Module, AuthOutcome Outcome, PasswordUse Use) OfSomebody(
        (string Module, AuthOutcome Outcome, PasswordUse Use) answer) =>
        modules.Count == 0 || answer.Outcome.Reason == Reasons.PassedOver
            ? (answer.Module, AuthOutcome.TempFail(Reasons.NoModule), default) : answer;

    private static (string Module, AuthOutcome Outcome, PasswordUse Use) MoreTelling(
        (string Module, AuthOutcome Outcome, PasswordUse Use) before, string module, AuthOutcome outcome)
    {
        bool isFirst = before.Module == NoModule;
        return (
            isFirst || SaysMore(outcome, before.Outcome) ? module : before.Module,
            isFirst ? outcome : Better(before.Outcome, outcome),
            before.Use.After(outcome));
    }

    /// <summary>Asks one module. An exception (a bug, the request's deadline, a hash that cannot be checked here) is a temporary
    /// failure of this request.</summary>
    private async ValueTask<AuthOutcome> AskAsync<TRequest>(
        IAuthModule module,
        TRequest request,
        Func<IAuthModule, TRequest, CancellationToken, ValueTask<AuthOutcome>> ask,
        CancellationToken cancel)
    {
        try
        {
            AuthOutcome outcome = await ask(module, request, cancel);
            return outcome.Secret is null ? outcome : await JudgeAsync(outcome, request, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            log.Err($"{module.Name}: no answer within the request's time limit");
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }
        catch (UnverifiablePasswordException)
        {
            return AuthOutcome.TempFail(Reasons.Configuration);
        }
        catch (Exception e)
        {
            log.Err($"{module.Name}: internal error: {e}");
            return AuthOutcome.TempFail("internal error");
        }
    }

    /// <summary>A broken record fails temporarily for a client that
    /// sends its password, and is a rejection for any other.</summary>
    private async ValueTask<AuthOutcome> JudgeAsync<TRequest>(AuthOutcome broken, TRequest request, CancellationToken cancel)
    {
        string? password = request switch
        {
            AuthRequest { AuthType: LoginData.AuthType } login when LoginData.TryParse(login.AuthData, out LoginData? data) => data.Password,
            PasswordChange change => change.OldPassword,
            _ => null,
        };
        if (password is null || Passwords is null)
        {
            return broken;
        }

        return broken.Secret switch
        {
            { Hash: { Length: > 0 } hash } =>
                await Passwords.RefusalAsync(hash, password, cancel) is { } reason ? AuthOutcome.Reject(reason) : broken,
            { Clear: { Length: > 0 } clear } => Passwords.MatchesClear(clear, password) ? broken : AuthOutcome.Reject(Reasons.WrongPassword),
            _ => AuthOutcome.Reject(Reasons.NoPassword),
        };
    }

    private void Debug(IAuthModule module, string text)
    {
        if (log.Debugging)
        {
            log.Debug($"{module.Name}: {text}");
        }
    }
}
