// Asks PAM and interprets its answer: a rejection by a module, or no verdict.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Linux.Pam;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>PAM for the modules of system users.</summary>
public sealed class PamClient : IAsyncDisposable
{
    private static readonly TimeSpan PamUnixDelay = TimeSpan.FromSeconds(2);

    private readonly string _module;
    private readonly PamSettings _settings;
    private readonly PamPool _pool;
    private readonly string? _helper;
    private readonly Log _log;
    private readonly RepeatedWarning _complaint;
    private long _failureDelay;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="module">The module that asks, for the log.</param>
    /// <param name="services">The log, and section [pam] of authdaemond.ini.</param>
    /// <param name="helper">The program of <see cref="PamTask.RunHelper"/>; <c>null</c>: none.</param>
    public PamClient(string module, ModuleServices services, string? helper)
    {
        _module = module;
        _settings = PamSettings.Read(services.Ini);
        _helper = helper;
        _log = services.Log;
        _pool = new PamPool(module, _settings, _log, _helper);
        _complaint = new RepeatedWarning(text => _log.Err($"{_module}: {text}"), TimeProvider.System);
        FailureDelay = Shorter(PamUnixDelay);
    }

    /// <summary>The delay that PAM asked for at the last wrong password; before the first one, pam_unix's.</summary>
    public TimeSpan FailureDelay
    {
        get => new(Volatile.Read(ref _failureDelay));
        private set => Volatile.Write(ref _failureDelay, value.Ticks);
    }

    /// <summary>Carries out <paramref name="request"/>; returns <paramref name="success"/> if it succeeds.</summary>
    /// <remarks>A rejection carries the delay that PAM asks for; no process waits for it.</remarks>
    public async ValueTask<AuthOutcome> AskAsync(PamRequest request, AuthOutcome success, CancellationToken cancel)
    {
        if (await _pool.RunAsync(request, cancel) is not { } result)
        {
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        if (result.IsUnavailable)
        {
            _complaint.Say(result.Description);
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        AuthOutcome outcome = result.Succeeded ? success : Failure(request, result);
        if (outcome.Verdict != Verdict.Reject)
        {
            return outcome;
        }

        TimeSpan delay = Shorter(TimeSpan.FromMicroseconds(result.FailureDelay));
        if (outcome.Reason == Reasons.WrongPassword)
        {
            FailureDelay = delay;
        }

        return outcome with { FailureDelay = delay };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private TimeSpan Shorter(TimeSpan delay) => delay < _settings.LongestDelay ? delay : _settings.LongestDelay;

    private AuthOutcome Failure(PamRequest request, PamResult result)
    {
        _log.Debug(result.Step == PamStep.Start
            ? $"{result.Step} failed, result {result.Code} [Hint: bad PAM configuration?]"
            : $"{result.Step} failed, result {result.Code}");
        if (result.Step == PamStep.ChangePassword && !result.IsUnusableStack)
        {
            // The old password was right, so the account is this module's and no other's.
            _log.Warn($"{_module}: the password of {request.User} is not changed: {result.Description}");
            return AuthOutcome.TempFail("new password refused");
        }

        if (result.Step == PamStep.Helper)
        {
            _log.Warn($"{_module}: the password of {request.User} is not changed: {_helper}: {result.Description}");
            return AuthOutcome.Reject("password change failed");
        }

        if (Rejection(result) is { } reason)
        {
            return AuthOutcome.Reject(reason);
        }

        _complaint.Say($"{result.Step} failed, result {result.Code}: {result.Description} "
            + $"(service={request.Service}, PAM modules {result.Modules})");
        return AuthOutcome.TempFail(result.IsUnusableStack ? Reasons.Configuration
            : (PamCode)result.Code == PamCode.AuthInfoUnavailable ? Reasons.BackendAway : "PAM gave no verdict");
    }

    /// <summary>The reason of a rejection, or <c>null</c>: PAM gave no verdict.</summary>
    private static string? Rejection(PamResult result) => (PamCode)result.Code switch
    {
        PamCode.AuthenticationError when result.Step == PamStep.Authenticate => Reasons.WrongPassword,
        PamCode.AuthenticationError or PamCode.PermissionDenied => "access denied",
        PamCode.UserUnknown => Reasons.UnknownUser,
        PamCode.MaxTries => "too many tries",
        PamCode.AccountExpired => "account expired",
        PamCode.NewPasswordRequired or PamCode.CredentialsExpired or PamCode.PasswordExpired => "password expired",
        _ => null,
    };
}
