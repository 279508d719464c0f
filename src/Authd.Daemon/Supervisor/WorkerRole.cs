// The start of a worker: the same executable with this argument, descriptors and environment.

namespace Authd.Daemon.Supervisor;

/// <summary>The constants that supervisor and worker share.</summary>
public static class WorkerRole
{
    /// <summary>argv[0] of a worker.</summary>
    public const string ProcessName = "authdaemond";

    /// <summary>argv[1] of a worker.</summary>
    public const string Argument = "--worker";

    /// <summary>The listening socket's descriptor in a worker.</summary>
    public const int ListenDescriptor = 3;

    /// <summary>The control channel's descriptor in a worker.</summary>
    public const int ControlDescriptor = 4;

    /// <summary>The descriptor, in a worker, of the memory in which all workers count failed logins.</summary>
    public const int PenaltyDescriptor = 5;

    /// <summary>The first of the descriptors that a worker can do without; its settings name them.</summary>
    public const int FirstFurtherDescriptor = 6;

    /// <summary>The memory with the counters and the changes of accounts, as <see cref="SharedResources"/> lays it out.</summary>
    public const string MemoryName = "memory";

    /// <summary>The memory with the cached answers.</summary>
    public const string CacheName = "cache";

    /// <summary>The socket to the broker, in a worker that is not root.</summary>
    public const string BrokerName = "broker";

    /// <summary>The control socket.</summary>
    public const string ControlName = "control";

    /// <summary>The socket on which metrics are served.</summary>
    public const string MetricsName = "metrics";

    /// <summary>
    /// For .NET's own sockets, which are the database connections and the control channel (clients use EventLoop): completions
    /// run immediately on the one thread that notices them, so nothing in a worker may block there.
    /// </summary>
    internal static IReadOnlyList<string> Environment { get; } =
    [
        "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1",
        "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT=1",
    ];
}

/// <summary>The supervisor's messages to a worker, one byte each.</summary>
public enum ControlMessage : byte
{
    /// <summary>A newer worker has taken over: accept no more clients, finish those connected, leave.</summary>
    Finish = (byte)'F',

    /// <summary>The daemon stops: the same, but clients that have not sent a request yet are closed.</summary>
    Stop = (byte)'S',

    /// <summary>A heartbeat; the answer is <see cref="WorkerMessage.Alive"/>.</summary>
    Beat = (byte)'B',

    /// <summary>To a worker that stands by: others are gone or hang, so accept all the time.</summary>
    HelpOut = (byte)'H',

    /// <summary>The others are back: stand by again.</summary>
    StandBy = (byte)'W',
}

/// <summary>A worker's messages to the supervisor, one byte each.</summary>
public enum WorkerMessage : byte
{
    /// <summary>It accepts clients.</summary>
    Ready = (byte)'R',

    /// <summary>It has served its first client.</summary>
    HasServed = (byte)'C',

    /// <summary>The thread that serves clients is alive.</summary>
    Alive = (byte)'A',
}
