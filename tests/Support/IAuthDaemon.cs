namespace Authd.Tests.Support;

/// <summary>A running authdaemond, the C one or ours.</summary>
public interface IAuthDaemon : IAsyncDisposable
{
    /// <summary><c>C</c> or <c>ours</c>, for messages.</summary>
    string Name { get; }

    /// <summary>The socket's path as seen from outside its mount namespace.</summary>
    string SocketPath { get; }

    /// <summary>The state directory as seen from outside.</summary>
    string State { get; }

    /// <summary>The started process, which is the parent of the workers.</summary>
    int Pid { get; }

    /// <summary>The lines logged so far, with their level prefixes.</summary>
    IReadOnlyList<string> LogLines { get; }

    /// <summary>The command that runs <paramref name="command"/> with this daemon's socket and configuration in place.</summary>
    IReadOnlyList<string> ClientCommand(IEnumerable<string> command);

    /// <summary>Runs a program (Debian's clients) with this daemon's socket and configuration in place.</summary>
    Task<ProgramResult> RunClientAsync(
        IEnumerable<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null);
}
