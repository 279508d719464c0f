using System.Diagnostics;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Penalty;

namespace Authd.Daemon.Clients;

/// <summary>Logins and password changes, and the delay of the reply to a failed one. Asks the chain and counts failures, whatever
/// protocol the client speaks.</summary>
internal sealed class SlowedLogins(ModuleChain chain, LoginPenalty penalty)
{
    /// <summary>AUTH: the answer, and the time for which its reply must wait from now on.</summary>
    internal async ValueTask<(AuthOutcome Outcome, TimeSpan Hold)> LogInAsync(AuthRequest request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        AuthOutcome outcome = await chain.AuthenticateAsync(request, cancel);
        TimeSpan hold = outcome.Verdict == Verdict.Accept && penalty.IsQuiet
            ? TimeSpan.Zero
            : Hold(outcome, LoginAttempt.Of(request), Stopwatch.GetElapsedTime(start));
        return (outcome, hold);
    }

    /// <summary>PASSWD: the answer, and the time for which its reply must wait from now on.</summary>
    internal async ValueTask<(AuthOutcome Outcome, TimeSpan Hold)> ChangeAsync(PasswordChange change, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        AuthOutcome outcome = await chain.ChangePasswordAsync(change, cancel);
        return (outcome, Hold(outcome, LoginAttempt.Of(change), Stopwatch.GetElapsedTime(start)));
    }

    /// <summary>A penalty counts from the request, so that it also hides
    /// the time of the answer; a module's delay counts from now.</summary>
    private TimeSpan Hold(AuthOutcome outcome, LoginAttempt? attempt, TimeSpan elapsed)
    {
        if (attempt is not { } tried)
        {
            return TimeSpan.Zero;
        }

        // One name is one name, in whatever ways it is written.
        tried = tried with { Name = chain.Names.Of(tried.Name) ?? tried.Name };
        if (outcome.Verdict == Verdict.Accept)
        {
            penalty.Accepted(tried);
        }

        if (!outcome.IsFailedGuess)
        {
            return TimeSpan.Zero;
        }

        TimeSpan rest = penalty.Rejected(tried) - elapsed;
        return rest > outcome.FailureDelay ? rest : outcome.FailureDelay;
    }
}
