// How a worker is started: the same executable with this argument, descriptors and environment.
namespace Authd.Daemon.Supervisor;

/// <summary>The agreement between supervisor and worker about a worker's start.</summary>
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

    /// <summary>
    /// For .NET's own sockets, which are the database connections and the control channel (clients have SocketEvents):
    /// completions run at once on the one thread that notices them, so nothing in a worker may block there.
    /// </summary>
    internal static IReadOnlyList<string> Environment { get; } =
    [
        "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1",
        "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT=1",
    ];
}

/// <summary>What the supervisor tells a worker, one byte each.</summary>
public enum ControlMessage : byte
{
    /// <summary>A newer worker has taken over: accept no more, finish what you hold, leave.</summary>
    Finish = (byte)'F',

    /// <summary>The daemon stops: the same, but clients that have not sent a request yet are closed.</summary>
    Stop = (byte)'S',

    /// <summary>Are you alive? The answer is <see cref="WorkerMessage.Alive"/>.</summary>
    Beat = (byte)'B',

    /// <summary>To a worker that stands by: others are gone or hang, accept all the time.</summary>
    HelpOut = (byte)'H',

    /// <summary>The others are back: stand by again.</summary>
    StandBy = (byte)'W',
}

/// <summary>A worker's words to the supervisor, one byte each.</summary>
public enum WorkerMessage : byte
{
    /// <summary>It accepts clients.</summary>
    Ready = (byte)'R',

    /// <summary>It has served its first client.</summary>
    HasServed = (byte)'C',

    /// <summary>The thread that serves clients is alive.</summary>
    Alive = (byte)'A',
}
