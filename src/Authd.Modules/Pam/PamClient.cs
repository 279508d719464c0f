// Asks PAM and says what its answer means: a module's "no", or "I cannot tell".
using Authd.Core;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>PAM as the modules of system users have it.</summary>
public sealed class PamClient : IAsyncDisposable
{
    private static readonly TimeSpan PamUnixDelay = TimeSpan.FromSeconds(2);

    private readonly string _module;
    private readonly PamSettings _settings;
    private readonly PamPool _pool;
    private readonly Log _log;
    private readonly RepeatedComplaint _complaint;
    private long _failureDelay;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="module">The module that asks, for the log.</param>
    /// <param name="services">The log, and section [pam] of authdaemond.ini.</param>
    public PamClient(string module, ModuleServices services)
    {
        _module = module;
        _settings = PamSettings.Read(services.Ini);
        _log = services.Log;
        _pool = new PamPool(module, _settings, _log);
        _complaint = new RepeatedComplaint(text => _log.Err($"{_module}: {text}"), TimeProvider.System);
        FailureDelay = Shorter(PamUnixDelay);
    }

    /// <summary>The delay that PAM asked for at the last wrong password; before that, the one that pam_unix asks for.</summary>
    public TimeSpan FailureDelay
    {
        get => new(Volatile.Read(ref _failureDelay));
        private set => Volatile.Write(ref _failureDelay, value.Ticks);
    }

    /// <summary>Carries <paramref name="request"/> out; <paramref name="success"/> when all went well.</summary>
    /// <remarks>A rejection has the delay that PAM asks for; no process is kept for it.</remarks>
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
        if (result.Step == PamStep.ChangePassword)
        {
            // The old password was right, so the account is this one and no other module's.
            _log.Warn($"{_module}: the password of {request.User} is not changed: {result.Description}");
            return AuthOutcome.TempFail("new password refused");
        }

        if (result.Step == PamStep.Helper)
        {
            _log.Warn($"{_module}: the password of {request.User} is not changed: {request.Helper}: {result.Description}");
            return AuthOutcome.Reject("password change failed");
        }

        if (Rejection(result) is { } reason)
        {
            return AuthOutcome.Reject(reason);
        }

        _complaint.Say($"{result.Step} failed, result {result.Code}: {result.Description} "
            + $"(service={request.Service}, PAM modules {result.Modules})");
        return AuthOutcome.TempFail(Reasons.BackendAway);
    }

    /// <summary>Why it is a rejection, or <c>null</c>: PAM gave no verdict.</summary>
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
