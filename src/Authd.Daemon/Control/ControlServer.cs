using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Daemon.Metrics;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Control;

/// <summary>A worker's side of the control socket: answers the requests of <see cref="ControlSocket"/>.</summary>
/// <param name="counters">The counters of all workers.</param>
/// <param name="changes">Makes all caches forget.</param>
/// <param name="store">The cached answers.</param>
/// <param name="explain">Explains a request; takes the lines of the body and whether root asks, and returns the text.</param>
/// <param name="log">The log.</param>
internal sealed class ControlServer(
    CounterMemory counters, ChangeTable changes, AnswerStore? store, Func<string[], bool, CancellationToken, Task<string>> explain, Log log)
{
    /// <summary>The time limit of a client: an explained request takes as long as a login may.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(28);

    /// <summary>Serves one client.</summary>
    internal async Task ServeAsync(ClientSocket socket, CancellationToken cancel)
    {
        if (await ControlSocket.ReadAsync(socket) is not { } asked)
        {
            return;
        }

        byte[] answer = asked.Verb switch
        {
            ControlSocket.CountersVerb => ControlSocket.Frame(ControlSocket.Ok, CounterCopy.Pack(counters)),
            ControlSocket.FlushVerb => Flush(WireText.FromBytes(asked.Body)),
            ControlSocket.ExplainVerb => ControlSocket.Frame(
                ControlSocket.Ok, WireText.ToBytes(await explain(WireText.FromBytes(asked.Body).Split('\n'), socket.Peer.Uid == 0, cancel))),
            _ => ControlSocket.Frame(ControlSocket.No, "the running daemon does not know this question: it is of another version"u8),
        };
        await socket.SendAsync(answer);
    }

    private byte[] Flush(string name)
    {
        if (name.Length == 0)
        {
            changes.ForgetAll();
            store?.Clear();
        }
        else
        {
            changes.Forget(name);
        }

        log.Info(name.Length == 0 ? "the cache was flushed" : $"the cache was flushed for '{Log.Cut(name, 255)}'");
        return ControlSocket.Frame(ControlSocket.Ok, []);
    }
}
