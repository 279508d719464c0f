using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Control;

/// <summary>
/// Accepts the few clients of a listening socket beside the public one. All workers watch the socket, and the first one takes the
/// client. It serves a few clients at a time, each for a limited time. A failure ends only the client concerned.
/// </summary>
internal sealed class SideListener : IDisposable
{
    private const int MostClients = 8;
    private const int AcceptedInARow = 4;

    private readonly int _descriptor;
    private readonly SharedListener _listener;
    private readonly EventLoop _events;
    private readonly TimeSpan _limit;
    private readonly Func<ClientSocket, CancellationToken, Task> _serve;
    private readonly Log _log;
    private int _clients;
    private bool _hasFailed;

    /// <param name="descriptor">The socket, non-blocking; this object closes it.</param>
    /// <param name="events">The loop that waits for clients.</param>
    /// <param name="limit">The time limit of a client.</param>
    /// <param name="serve">Serves one client, and does not dispose of its socket.</param>
    /// <param name="log">The log.</param>
    internal SideListener(
        int descriptor, EventLoop events, TimeSpan limit, Func<ClientSocket, CancellationToken, Task> serve, Log log)
    {
        _descriptor = descriptor;
        _listener = new SharedListener(descriptor, events);
        _events = events;
        _limit = limit;
        _serve = serve;
        _log = log;
        events.Watch(descriptor, this, Accept);
    }

    public void Dispose()
    {
        _events.Unwatch(_descriptor, this);
        _listener.Dispose();
    }

    private void Accept()
    {
        try
        {
            for (int i = 0; i < AcceptedInARow && _listener.TryAccept() is >= 0 and var client; i++)
            {
                if (Interlocked.Increment(ref _clients) > MostClients)
                {
                    Interlocked.Decrement(ref _clients);
                    Descriptors.Close(client);
                }
                else
                {
                    _ = ServeAsync(client);
                }
            }
        }
        catch (LibcException e)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                _log.Warn($"a client of the control or metrics socket cannot be accepted: {ResourceLimit.Explain(e)}");
            }

            // The socket stays readable: without a pause this thread would spin.
            _events.Unwatch(_descriptor, this);
            _ = TryAgainAsync();
        }
    }

    private async Task TryAgainAsync()
    {
        await Task.Delay(_limit);
        _events.Invoke(() => _events.Watch(_descriptor, this, Accept));
    }

    private async Task ServeAsync(int descriptor)
    {
        using ClientSocket socket = new(descriptor, _events);
        using CancellationTokenSource limit = new(_limit);
        try
        {
            await using (limit.Token.Register(socket.Abort))
            {
                await _serve(socket, limit.Token);
            }
        }
        catch (Exception e)
        {
            if (!limit.IsCancellationRequested)
            {
                _log.Err($"internal error while the control or metrics socket is served: {e}");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
        }
    }
}
