// A worker's question to the broker: the only input that the broker, which is root, reads from a process that it does not trust.
using System.Buffers.Binary;
using Authd.Core;
using Authd.Linux.Sockets;

namespace Authd.Linux.Broker;

/// <summary>The complete list of questions.</summary>
public enum BrokerTask : byte
{
    /// <summary>Open a file of the configuration for reading.</summary>
    Open = 1,

    /// <summary>The stamp of a file of the configuration.</summary>
    Stamp = 2,

    /// <summary>Find an entry of the shadow database.</summary>
    Shadow = 3,

    /// <summary>Start a PAM process.</summary>
    StartPam = 4,

    /// <summary>Change passwords in userdb's text and databases.</summary>
    ChangeUserdb = 5,
}

/// <summary>A change of a field in userdb, made only if the field still holds the old value. Wire text.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Old">Its old value.</param>
/// <param name="New">Its new value.</param>
public sealed record BrokerChange(string Field, string Old, string New);

/// <summary>
/// One question: version, task, the subject, and the changes. Texts are wire text with a length of two bytes before them. A
/// message that does not have exactly this form is refused.
/// </summary>
/// <param name="Task">The task.</param>
/// <param name="Subject">The path, or the name of the user; empty for a PAM process.</param>
public sealed record BrokerQuestion(BrokerTask Task, string Subject)
{
    /// <summary>The version of the form. Worker and broker are the same
    /// executable, but an upgrade may replace it between two starts.</summary>
    public const byte Version = 1;

    /// <summary>The most fields that one password change touches: the hash, and a key for each CRAM method and service.</summary>
    public const int MostChanges = 32;

    /// <summary>The longest text, in chars.</summary>
    public const int LongestText = 4096;

    /// <summary>The fields of <see cref="BrokerTask.ChangeUserdb"/>.</summary>
    public IReadOnlyList<BrokerChange> Changes { get; init; } = [];

    /// <summary>The question as a message; <c>null</c>: a text in it is too long.</summary>
    public byte[]? ToMessage()
    {
        using MemoryStream message = new();
        message.WriteByte(Version);
        message.WriteByte((byte)Task);
        bool fits = Put(message, Subject) && Changes.Count <= MostChanges;
        message.WriteByte((byte)Changes.Count);
        foreach (BrokerChange change in Changes)
        {
            fits = fits && Put(message, change.Field) && Put(message, change.Old) && Put(message, change.New);
        }

        return fits && message.Length <= MessageSocket.MaxMessage ? message.ToArray() : null;
    }

    /// <summary>Reads a message; <c>null</c>: the message is not a question.</summary>
    public static BrokerQuestion? TryParse(ReadOnlySpan<byte> message)
    {
        if (message.Length < 2 || message[0] != Version || !Enum.IsDefined((BrokerTask)message[1]))
        {
            return null;
        }

        BrokerTask task = (BrokerTask)message[1];
        ReadOnlySpan<byte> rest = message[2..];
        if (!TryTake(ref rest, out string subject) || rest.IsEmpty || rest[0] > MostChanges)
        {
            return null;
        }

        BrokerChange[] changes = new BrokerChange[rest[0]];
        rest = rest[1..];
        for (int i = 0; i < changes.Length; i++)
        {
            if (!TryTake(ref rest, out string field) || !TryTake(ref rest, out string old) || !TryTake(ref rest, out string next))
            {
                return null;
            }

            changes[i] = new BrokerChange(field, old, next);
        }

        return rest.IsEmpty ? new BrokerQuestion(task, subject) { Changes = changes } : null;
    }

    private static bool Put(Stream message, string text)
    {
        if (text.Length > LongestText)
        {
            return false;
        }

        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        message.Write(length);
        message.Write(WireText.ToBytes(text));
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out string text)
    {
        text = "";
        if (rest.Length < sizeof(ushort))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (length > LongestText || length > rest.Length - sizeof(ushort))
        {
            return false;
        }

        text = WireText.FromBytes(rest.Slice(sizeof(ushort), length));
        rest = rest[(sizeof(ushort) + length)..];
        return true;
    }
}
