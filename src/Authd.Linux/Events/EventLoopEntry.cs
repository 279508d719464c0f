// The way from any thread to that of the events.
using System.Runtime.CompilerServices;

namespace Authd.Linux.Events;

/// <summary>
/// An awaitable. A task would not do: if it is completed before it is awaited, the caller keeps its own thread.
/// </summary>
/// <param name="events">Where to go.</param>
public readonly struct EventLoopEntry(EventLoop events) : ICriticalNotifyCompletion
{
    /// <summary>The caller is there.</summary>
    public bool IsCompleted => EventLoop.Current == events;

    /// <summary>For <c>await</c>.</summary>
    public EventLoopEntry GetAwaiter() => this;

    /// <summary>For <c>await</c>.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => events.Invoke(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => events.Invoke(continuation);
}
