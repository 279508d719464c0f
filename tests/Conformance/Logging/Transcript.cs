// A daemon's debug log in the form in which both daemons' are compared.
using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Logging;

internal static class Transcript
{
    private const string Last = "last-request";

    /// <summary>
    /// A daemon's lines but for the start-up's, and without what docs/DIFFERENCES.md says of the log: ours has a line for
    /// each failed login, CRAM credentials at level 2 only, does not close and open userdb.dat after each unknown name, and
    /// says what it will ask before it connects.
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
                .Where(l => !l.StartsWith("DEBUG: authmysqllib: connected. Versions: ", StringComparison.Ordinal))
                .Where(l => level > 1 || !l.StartsWith("DEBUG: cram: challenge=", StringComparison.Ordinal))
                .TakeWhile(l => !l.Contains(Last, StringComparison.Ordinal)),
        ];
    }
}
