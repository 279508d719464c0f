// What a PAM process answers.
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>How a request ended. Text is wire text.</summary>
/// <param name="Step">The function that failed (<c>pam_authenticate</c>, ...), or the last one.</param>
/// <param name="Code">What it returned; a helper's exit status.</param>
/// <param name="Description">The code in words.</param>
public sealed record PamResult(string Step, int Code, string Description)
{
    /// <summary>The step of <see cref="Unavailable"/>: no PAM function was reached.</summary>
    private const string NoStep = "";

    /// <summary>All went well.</summary>
    public bool Succeeded => Step != NoStep && Code == 0;

    /// <summary>It failed before PAM (or the helper) had a say; <see cref="Description"/> says why.</summary>
    public bool IsUnavailable => Step == NoStep;

    /// <summary>The delay that the modules want before a failure is told, microseconds.</summary>
    public uint FailureDelay { get; init; }

    /// <summary>The modules that were loaded, for the log.</summary>
    public string Modules { get; init; } = "";

    /// <summary>What modules have changed in the process, which leaves because of it; empty: nothing.</summary>
    public string Changes { get; init; } = "";

    /// <summary>Nothing was asked.</summary>
    public static PamResult Unavailable(string why) => new(NoStep, -1, why);

    /// <summary>What a function returned.</summary>
    internal static PamResult Of(PamSession session, string step, PamCode code) =>
        new(step, (int)code, session.Describe(code)) { FailureDelay = session.FailureDelay };
}
