using Authd.Linux.Processes;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>A PAM process, which carries out one <see cref="PamRequest"/> after the other.</summary>
public interface IPamProcess
{
    /// <summary>Process id.</summary>
    int Pid { get; }

    /// <summary>It waits for a request: it has neither ended nor sent anything unasked.</summary>
    bool IsWaiting { get; }

    /// <summary>The modules loaded for the current or last request, as far as known.</summary>
    string Modules { get; }

    /// <summary>Carries <paramref name="request"/> out and wipes it.</summary>
    /// <exception cref="IOException">The process has ended or sent a malformed reply.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: the process can only be ended.</exception>
    Task<PamResult> AskAsync(PamRequest request, CancellationToken cancel);

    /// <summary>The output of the process since the last call, without the part that found no room; wire text.</summary>
    string TakeOutput();

    /// <summary>Kills and collects the process and its descendants; <c>null</c>: its exit status is not known.</summary>
    Task<ExitStatus?> EndAsync();
}
