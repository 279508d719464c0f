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

    private static readonly (string Module, AuthOutcome Outcome) NoAnswer =
        (NoModule, AuthOutcome.Reject(Reasons.UnknownUser));

    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<IAuthModule> Modules => modules;

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
        (string module, AuthOutcome outcome) = await AskAsync(
            AllModules,
            request,
            static (module, credentials, token) => module.AuthenticateAsync(credentials, token),
            cancel);
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
    /// PASSWD: whether the password was changed. A temporary failure stops the chain, a rejection does not. A change that
    /// fails leaves the line of a failed login: it answers the same question to whoever guesses a password.
    /// </summary>
    public async ValueTask<bool> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        (string Module, AuthOutcome Outcome) answer = NoAnswer;
        foreach (IAuthModule module in modules)
        {
            AuthOutcome outcome = await AskAsync(
                module, request, static (m, change, token) => m.ChangePasswordAsync(change, token), cancel);
            if (outcome.Verdict == Verdict.Accept)
            {
                return true;
            }

            answer = MoreTelling(answer, module.Name, outcome);
            if (outcome.Verdict == Verdict.TempFail)
            {
                break;
            }
        }

        log.Login(LoginReport.Of(request, answer.Module, answer.Outcome, Stopwatch.GetElapsedTime(start)));
        return false;
    }

    /// <summary>
    /// Asks until one module accepts or fails temporarily. After rejections by all, the answer is that of the last
    /// module that had more to say than "unknown user": it is what the administrator needs to see.
    /// </summary>
    private async ValueTask<(string Module, AuthOutcome Outcome)> AskAsync<TRequest>(
        string selector,
        TRequest request,
        Func<IAuthModule, TRequest, CancellationToken, ValueTask<AuthOutcome>> ask,
        CancellationToken cancel)
    {
        (string Module, AuthOutcome Outcome) answer = NoAnswer;
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
                return (module.Name, outcome);
            }

            Debug(module, "REJECT - try next module");
            answer = MoreTelling(answer, module.Name, outcome);
        }

        log.Debug("FAIL, all modules rejected");
        return answer;
    }

    private static (string Module, AuthOutcome Outcome) MoreTelling(
        (string Module, AuthOutcome Outcome) before, string module, AuthOutcome outcome) =>
        before.Module == NoModule || outcome.Reason is not (Reasons.UnknownUser or Reasons.Unsupported)
            ? (module, outcome)
            : before;

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
