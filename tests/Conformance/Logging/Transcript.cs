using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Logging;

internal static class Transcript
{
    private const string Last = "last-request";

    /// <summary>
    /// A daemon's debug log for comparison, without the lines of the start and without the
    /// differences of the log in docs/DIFFERENCES.md. Our daemon has a line for each failed login,
    /// and CRAM credentials at level 2 only. It does not close and open userdb.dat after each unknown
    /// name, logs its question before it connects, and calls a module that does not exist an error.
    /// </summary>
    public static async Task<IReadOnlyList<string>> LinesAsync(IAuthDaemon daemon, int level)
    {
        if (level > 0)
        {
            await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup(Last, selector: "nosuch"));
            await ((DaemonProcess)daemon).LogHasAsync(Last);
        }

        return
        [
            .. daemon.LogLines
                .Where(l => l.StartsWith("DEBUG:", StringComparison.Ordinal)
                    || l.StartsWith("Authenticated:", StringComparison.Ordinal)
                    || l.StartsWith("ERR:", StringComparison.Ordinal))
                .Where(l => !l.StartsWith("DEBUG: userdb: opened ", StringComparison.Ordinal))
                .Where(l => !l.StartsWith("ERR: /etc/courier/authdaemonrc:1: authmodulelist: there is no module", StringComparison.Ordinal))
                .Where(l => !l.StartsWith("DEBUG: authmysqllib: connected. Versions: ", StringComparison.Ordinal))
                .Where(l => level > 1 || !l.StartsWith("DEBUG: cram: challenge=", StringComparison.Ordinal))
                .TakeWhile(l => !l.Contains(Last, StringComparison.Ordinal)),
        ];
    }
}
