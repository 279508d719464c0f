// Accepts clients in one worker and serves them all at once.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Daemon.Worker;

/// <summary>
/// The worker's thread for new clients, and the count of those it has. A request that is there already and that a module
/// can answer at once is served on this very thread; everything else goes on when its event comes.
/// </summary>
internal sealed class ClientServer : IDisposable
{
    /// <summary>Clients that a stopping worker still takes off the queue; it leaves even while the queue never empties.</summary>
    private const int LateClients = 100;

    private static readonly TimeSpan OutOfDescriptorsPause = TimeSpan.FromMilliseconds(100);

    private readonly SharedListener _listener;
    private readonly RequestHandler _handler;
    private readonly Limits _limits;
    private readonly Log _log;
    private readonly SocketEvents _events = new();
    private readonly DeadlineWatch _watch = new();
    private readonly SemaphoreSlim _places;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _lastClientGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private int _clients = 1; // the accepting thread itself counts as one until it ends

    internal ClientServer(SharedListener listener, RequestHandler handler, Limits limits, Log log)
    {
        _listener = listener;
        _handler = handler;
        _limits = limits;
        _log = log;
        _places = new SemaphoreSlim(limits.Connections);
        _thread = new Thread(Accept) { Name = "accept", IsBackground = true };
    }

    /// <summary>Starts accepting.</summary>
    internal void Start() => _thread.Start();

    /// <summary>Accepts no more and waits until all clients are served.</summary>
    internal Task FinishAsync()
    {
        _stopping.Cancel();
        _listener.Stop();
        return _lastClientGone.Task;
    }

    /// <summary>Closes the connections whose request has not come yet.</summary>
    internal void CloseSilentClients()
    {
        foreach (ClientConnection client in _watch.Snapshot().OfType<ClientConnection>())
        {
            client.CloseIfSilent();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _events.Dispose();
        _watch.Dispose();
        _places.Dispose();
        _stopping.Dispose();
    }

    private void Accept()
    {
        try
        {
            for (int late = 0; late < LateClients; late += _stopping.IsCancellationRequested ? 1 : 0)
            {
                TakePlace();
                Serve(NextClient());
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }

        Leave();
    }

    /// <summary>At the limit nobody is accepted: the client waits in the queue, where another worker may take it.</summary>
    private void TakePlace()
    {
        if (_places.Wait(0, CancellationToken.None))
        {
            return;
        }

        _log.Warn($"{_limits.Connections} clients are connected to this worker ([limits] connections), the next ones wait");
        _places.Wait(_stopping.Token);
    }

    private int NextClient()
    {
        while (true)
        {
            try
            {
                int client = _listener.TryAccept();
                if (client >= 0)
                {
                    return client;
                }

                // Only now: the kernel may have woken this worker, and no other, for a client in the queue.
                _stopping.Token.ThrowIfCancellationRequested();
                _listener.Wait();
            }
            catch (LibcException e)
            {
                _log.Crit($"cannot accept a client: {e.Message}");
                Thread.Sleep(OutOfDescriptorsPause);
            }
        }
    }

    private void Serve(int descriptor)
    {
        Interlocked.Increment(ref _clients);
        ClientConnection client = new(descriptor, _events, _handler, _limits, _watch, _log);
        Task served = client.ServeAsync();
        if (served.IsCompletedSuccessfully)
        {
            _places.Release();
            Leave();
            return;
        }

        _ = FollowAsync(served);
    }

    private async Task FollowAsync(Task served)
    {
        try
        {
            await served;
        }
        catch (Exception e)
        {
            _log.Err($"internal error while serving a client: {e}");
        }

        _places.Release();
        Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _clients) == 0)
        {
            _lastClientGone.SetResult();
        }
    }
}
