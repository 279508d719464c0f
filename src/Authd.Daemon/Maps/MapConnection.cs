using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Clients;
using Authd.Linux.Events;
using Authd.Modules.PostfixRelay;

namespace Authd.Daemon.Maps;

/// <summary>A connection of a Postfix process that looks accounts up: one request after the other, as netstrings.</summary>
internal sealed class MapConnection(
    int descriptor, EventLoop events, AccountMaps maps, Limits limits, ConnectionTimeouts watch, Log log)
    : KeptConnection(descriptor, events, limits, watch, log)
{
    private readonly EventLoop _events = events;
    private readonly Netstrings _incoming = new();

    protected override string Section => "maps";

    protected override bool WaitsForClient => false;

    protected override async ValueTask<int> TakeAsync(ReadOnlyMemory<byte> received)
    {
        _incoming.Add(WireText.FromBytes(received.Span));
        while (_incoming.TryTake(out string? request))
        {
            HasAsked = true;
            string reply = await maps.AnswerAsync(request);
            Send(WireText.ToBytes(Netstrings.Of(reply)));
        }

        await _events.EnterAsync();
        return received.Length;
    }
}
