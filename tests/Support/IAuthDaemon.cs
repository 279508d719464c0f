// What tests know of a running daemon, the C one or ours.
namespace Authd.Tests.Support;

/// <summary>A running authdaemond.</summary>
public interface IAuthDaemon : IAsyncDisposable
{
    /// <summary><c>C</c> or <c>ours</c>, for messages.</summary>
    string Name { get; }

    /// <summary>The socket's path as seen from outside its mount namespace.</summary>
    string SocketPath { get; }

    /// <summary>The state directory as seen from outside.</summary>
    string State { get; }

    /// <summary>The process that was started: the parent of the workers.</summary>
    int Pid { get; }

    /// <summary>The lines logged so far, with their level prefixes.</summary>
    IReadOnlyList<string> LogLines { get; }

    /// <summary>The command that runs <paramref name="command"/> where it finds this daemon's socket and
    /// configuration.</summary>
    IReadOnlyList<string> ClientCommand(IEnumerable<string> command);

    /// <summary>Runs a program (Debian's clients) where it finds this daemon's socket and configuration.</summary>
    Task<ProgramResult> RunClientAsync(
        IEnumerable<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null);
}
