namespace Authd.Core.Configuration;

/// <summary>The limits of one worker process, in sections [limits] and [workers] of authdaemond.ini. Each has a default that
/// suits an unchanged Courier installation.</summary>
public sealed record Limits
{
    /// <summary><c>connections</c>: the number of clients that one worker
    /// serves at once; further ones wait in the listen queue.</summary>
    public int Connections { get; private init; } = 1000;

    /// <summary><c>idle-seconds</c>: the longest wait for a client's next byte.</summary>
    public int IdleSeconds { get; private init; } = 10;

    /// <summary><c>request-seconds</c>: the longest time from connect
    /// to reply, below the 30 s after which clients give up.</summary>
    public int RequestSeconds { get; private init; } = 25;

    /// <summary><c>write-seconds</c>: the longest wait for a client to take the next part of a reply.</summary>
    public int WriteSeconds { get; private init; } = 30;

    /// <summary><c>request-bytes</c>: the longest request, including its prelude.</summary>
    public int RequestBytes { get; private init; } = 65536;

    /// <summary><c>blocking</c> in <c>[workers]</c>: the number of blocking
    /// calls, as of C libraries, that one worker runs at once.</summary>
    public int Blocking { get; private init; } = Math.Max(8, Environment.ProcessorCount);

    /// <summary><c>hashing</c> in <c>[workers]</c>: the number of crypt() calls that one worker runs at once.</summary>
    public int Hashing { get; private init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>
    /// <c>hashing-nice</c> in <c>[workers]</c>: the niceness added to the threads that run crypt(). Linux lets a thread that
    /// fills a processor run for milliseconds before a lookup gets its turn.
    /// </summary>
    public int HashingNice { get; private init; } = 5;

    /// <summary>
    /// <c>listening</c> in <c>[workers]</c>: the number of workers that accept clients all the time; 0: chosen automatically. The
    /// others stand by for clients that these leave.
    /// </summary>
    public int Listening { get; private init; }

    /// <summary>Reads the limits.</summary>
    /// <exception cref="ConfigurationException">A value is not a number, or out of range.</exception>
    public static Limits From(DaemonIni ini)
    {
        Limits usual = new();
        return new Limits
        {
            Connections = ini.Number("limits", "connections", usual.Connections, 1, 100_000),
            IdleSeconds = ini.Number("limits", "idle-seconds", usual.IdleSeconds, 1, 3600),
            RequestSeconds = ini.Number("limits", "request-seconds", usual.RequestSeconds, 1, 3600),
            WriteSeconds = ini.Number("limits", "write-seconds", usual.WriteSeconds, 1, 3600),
            RequestBytes = ini.Number("limits", "request-bytes", usual.RequestBytes, 16_384, 16_777_216),
            Listening = ini.Number("workers", "listening", usual.Listening, 0, DaemonSettings.MaxDaemons),
            Blocking = ini.Number("workers", "blocking", usual.Blocking, 1, 1024),
            Hashing = ini.Number("workers", "hashing", usual.Hashing, 1, 1024),
            HashingNice = ini.Number("workers", "hashing-nice", usual.HashingNice, 0, 19),
        };
    }
}
