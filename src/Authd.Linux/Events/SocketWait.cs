using System.Threading.Tasks.Sources;

namespace Authd.Linux.Events;

/// <summary>One socket's wait for an event, reused without allocation; at most one wait at a time.</summary>
internal sealed class SocketWait : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    /// <summary>Whether the socket is registered with the epoll.</summary>
    internal bool IsRegistered { get; set; }

    internal ValueTask Start()
    {
        _core.Reset();
        return new ValueTask(this, _core.Version);
    }

    internal void Finish() => _core.SetResult(true);

    /// <inheritdoc/>
    public void GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
