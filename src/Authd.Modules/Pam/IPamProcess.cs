// A PAM process as its pool sees it.
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>A process that carries out one <see cref="PamRequest"/> after the other.</summary>
public interface IPamProcess
{
    /// <summary>Process id.</summary>
    int Pid { get; }

    /// <summary>It waits for a request: it has neither ended nor said anything out of turn.</summary>
    bool IsWaiting { get; }

    /// <summary>The modules that the current or last request has loaded, as far as known.</summary>
    string Modules { get; }

    /// <summary>Carries <paramref name="request"/> out and wipes it.</summary>
    /// <exception cref="IOException">The process has ended or talks nonsense.</exception>
    /// <exception cref="OperationCanceledException">Given up: the process can only be ended.</exception>
    Task<PamResult> AskAsync(PamRequest request, CancellationToken cancel);

    /// <summary>What the process has printed since the last call, as far as there was room for it; wire text.</summary>
    string TakeOutput();

    /// <summary>Kills it, with all that it has started, and collects it.</summary>
    Task<ExitStatus> EndAsync();
}
