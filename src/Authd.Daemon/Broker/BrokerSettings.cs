// The rights of a broker, which the supervisor fixes when it has read the configuration. They are the same for all workers.
using Authd.Linux.Sockets;

namespace Authd.Daemon.Broker;

/// <summary>The questions that a broker answers. It refuses all others.</summary>
public sealed record BrokerSettings
{
    /// <summary>DEBUG_LOGIN.</summary>
    public required int DebugLogin { get; init; }

    /// <summary>The words of LOGGEROPTS; wire text.</summary>
    public required IReadOnlyList<string> LoggerOptions { get; init; }

    /// <summary>The only files that it opens.</summary>
    public required IReadOnlySet<string> Paths { get; init; }

    /// <summary>The userdb text in which passwords may be changed; empty: none.</summary>
    public required string UserdbText { get; init; }

    /// <summary>Shadow entries may be looked up.</summary>
    public required bool TellsShadow { get; init; }

    /// <summary>PAM processes that one worker may have at the same time; 0: none.</summary>
    public required int PamProcesses { get; init; }

    /// <summary>The administrator's program for changes of system passwords; empty: PAM changes them.</summary>
    public required string Helper { get; init; }

    /// <summary>The settings as one message.</summary>
    /// <exception cref="IOException">They do not fit into one message.</exception>
    public byte[] ToMessage()
    {
        using MemoryStream body = new();
        using BinaryWriter writer = new(body);
        writer.Write(DebugLogin);
        writer.Write(string.Join(' ', LoggerOptions));
        writer.Write(UserdbText);
        writer.Write(TellsShadow);
        writer.Write(PamProcesses);
        writer.Write(Helper);
        writer.Write(Paths.Count);
        foreach (string path in Paths)
        {
            writer.Write(path);
        }

        return body.Length <= MessageSocket.MaxMessage
            ? body.ToArray() : throw new IOException("LOGGEROPTS or the names of files are too long for the broker");
    }

    /// <summary>Reads the supervisor's message.</summary>
    /// <exception cref="EndOfStreamException">The message is malformed.</exception>
    public static BrokerSettings Read(ReadOnlySpan<byte> message)
    {
        using BinaryReader reader = new(new MemoryStream(message.ToArray()));
        return new BrokerSettings
        {
            DebugLogin = reader.ReadInt32(),
            LoggerOptions = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries),
            UserdbText = reader.ReadString(),
            TellsShadow = reader.ReadBoolean(),
            PamProcesses = reader.ReadInt32(),
            Helper = reader.ReadString(),
            Paths = Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString()).ToHashSet(StringComparer.Ordinal),
        };
    }
}
