// Asks the modules in the order of authmodulelist and decides what the whole chain answers.
using System.Diagnostics;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;

namespace Authd.Core;

/// <summary>The modules of authmodulelist, in order; a module that is listed twice is asked twice.</summary>
/// <param name="modules">The modules.</param>
/// <param name="log">The log.</param>
/// <param name="logsSuccess">A login that succeeds leaves a line in the log as well.</param>
/// <param name="observers">Entries of authmodulelist that are told of accepted logins.</param>
public sealed class ModuleChain(
    IReadOnlyList<IAuthModule> modules, Log log, bool logsSuccess = false, params ILoginObserver[] observers)
{
    private const string AllModules = ".";
    private const string NoModule = "none";

    private static readonly (string Module, AuthOutcome Outcome, PasswordUse Use) NoAnswer =
        (NoModule, AuthOutcome.Reject(Reasons.UnknownUser), default);

    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<IAuthModule> Modules => modules;

    /// <summary>
    /// The checker of the modules. The chain has it spend the same on a rejected login for which no password was
    /// checked, so that the time does not tell which names exist; <c>null</c>: nothing is spent.
    /// </summary>
    public PasswordChecker? Passwords { get; init; }

    /// <summary>PRE: asks all modules, or only the one that the selector names.</summary>
    public async ValueTask<AuthOutcome> LookupAsync(ClientRequest.Pre request, CancellationToken cancel)
    {
        if (log.Debugging)
        {
            log.Debug($"received userid lookup request: {request.Lookup.User}");
        }

        return (await AskAsync(
            request.Selector,
            request.Lookup,
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
        (string module, AuthOutcome outcome, PasswordUse use) = await AskAsync(
            AllModules,
            request,
            static (module, credentials, token) => module.AuthenticateAsync(credentials, token),
            cancel);
        if (use.Skipped && request.AuthType == LoginData.AuthType && LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            await CheckForNobodyAsync(use, login.Password, cancel);
        }

        if (logsSuccess || outcome.Verdict != Verdict.Accept)
        {
            log.Login(LoginReport.Of(request, module, outcome, Stopwatch.GetElapsedTime(start)));
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
    /// PASSWD: accepted when the password was changed. A temporary failure stops the chain, a rejection does not. A change that
    /// fails leaves the line of a failed login: it answers the same question to whoever guesses a password.
    /// </summary>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        (string Module, AuthOutcome Outcome, PasswordUse Use) answer = NoAnswer;
        foreach (IAuthModule module in modules)
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

        await CheckForNobodyAsync(answer.Use, request.OldPassword, cancel);
        log.Login(LoginReport.Of(request, answer.Module, answer.Outcome, Stopwatch.GetElapsedTime(start)));
        return answer.Outcome;
    }

    /// <summary>After rejections without a look at the password: as much work as with it.</summary>
    private ValueTask CheckForNobodyAsync(PasswordUse use, string password, CancellationToken cancel) =>
        use is { Skipped: true, Checked: false } && Passwords is not null
            ? Passwords.CheckForNobodyAsync(password, cancel)
            : ValueTask.CompletedTask;

    /// <summary>How the modules that rejected a request have used its password.</summary>
    /// <param name="Checked">One has compared it.</param>
    /// <param name="Skipped">One would have, had there been something to compare with.</param>
    private readonly record struct PasswordUse(bool Checked, bool Skipped)
    {
        internal PasswordUse After(AuthOutcome rejection) => new(
            Checked || rejection.Reason == Reasons.WrongPassword,
            Skipped || rejection.Reason is Reasons.UnknownUser or Reasons.NoPassword or Reasons.AccountLocked);
    }

    /// <summary>Of two rejections the one that says more, told as late as the later one.</summary>
    private static AuthOutcome Better(AuthOutcome first, AuthOutcome second) => (SaysMore(second, first) ? second : first) with
    {
        FailureDelay = first.FailureDelay > second.FailureDelay ? first.FailureDelay : second.FailureDelay,
    };

    /// <summary>Whether a rejection has at least as much to say as an earlier one, and more than that there is no such user.</summary>
    private static bool SaysMore(AuthOutcome later, AuthOutcome earlier) => later.Reason switch
    {
        Reasons.Unsupported => false,
        Reasons.UnknownUser => earlier.Reason == Reasons.Unsupported,
        _ => true,
    };

    /// <summary>
    /// Asks until one module accepts or fails temporarily. After rejections by all, the answer is that of the last
    /// module that had more to say than "unknown user": it is what the administrator needs to see.
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

        log.Debug("FAIL, all modules rejected");
        return answer;
    }

    private static (string Module, AuthOutcome Outcome, PasswordUse Use) MoreTelling(
        (string Module, AuthOutcome Outcome, PasswordUse Use) before, string module, AuthOutcome outcome)
    {
        bool isFirst = before.Module == NoModule;
        return (
            isFirst || SaysMore(outcome, before.Outcome) ? module : before.Module,
            isFirst ? outcome : Better(before.Outcome, outcome),
            before.Use.After(outcome));
    }

    /// <summary>Asks one module; what it throws (a bug, the request's deadline, a hash that cannot be checked here) is a
    /// temporary failure of this request.</summary>
    private async ValueTask<AuthOutcome> AskAsync<TRequest>(
        IAuthModule module,
        TRequest request,
        Func<IAuthModule, TRequest, CancellationToken, ValueTask<AuthOutcome>> ask,
        CancellationToken cancel)
    {
        try
        {
            return await ask(module, request, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            log.Err($"{module.Name}: no answer within the request's time limit");
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }
        catch (UnverifiablePasswordException)
        {
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }
        catch (Exception e)
        {
            log.Err($"{module.Name}: internal error: {e}");
            return AuthOutcome.TempFail("internal error");
        }
    }

    private void Debug(IAuthModule module, string text)
    {
        if (log.Debugging)
        {
            log.Debug($"{module.Name}: {text}");
        }
    }
}
