using Authd.Linux.Pam;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The result of a request to a PAM process. Text is wire text.</summary>
/// <param name="Step">The function that failed (<c>pam_authenticate</c>, ...), or the last one.</param>
/// <param name="Code">Its return code, or a helper's exit status.</param>
/// <param name="Description">The code in words.</param>
public sealed record PamResult(string Step, int Code, string Description)
{
    /// <summary>The step of <see cref="Unavailable"/>: no PAM function was called.</summary>
    private const string NoStep = "";

    /// <summary>The request succeeded.</summary>
    public bool Succeeded => Step != NoStep && Code == 0;

    /// <summary>It failed before PAM (or the helper) was asked; <see cref="Description"/> gives the reason.</summary>
    public bool IsUnavailable => Step == NoStep;

    /// <summary>libpam could not use the stack; no module decided this.</summary>
    public bool IsUnusableStack => (Step == PamStep.Start && Code != (int)PamCode.BufferError)
        || (Step != NoStep && Step != PamStep.Helper
            && (PamCode)Code is PamCode.OpenError or PamCode.SymbolError or PamCode.ModuleUnknown);

    /// <summary>The delay that the modules want before a failure is reported, microseconds.</summary>
    public uint FailureDelay { get; init; }

    /// <summary>The modules that were loaded, for the log.</summary>
    public string Modules { get; init; } = "";

    /// <summary>Changes that modules made to the process, which ends because of them; empty: none.</summary>
    public string Changes { get; init; } = "";

    /// <summary>The result without any PAM call.</summary>
    public static PamResult Unavailable(string why) => new(NoStep, -1, why);

    /// <summary>The result of a PAM function.</summary>
    internal static PamResult Of(PamSession session, string step, PamCode code) =>
        new(step, (int)code, session.Describe(code)) { FailureDelay = session.FailureDelay };
}
