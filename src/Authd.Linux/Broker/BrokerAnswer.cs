using System.Buffers.Binary;
using Authd.Core;
using Authd.Linux.Native;
using Authd.Linux.Sockets;

namespace Authd.Linux.Broker;

/// <summary>The outcome of a question.</summary>
public enum BrokerVerdict : byte
{
    /// <summary>Done: the numbers, the text and the descriptors hold the result.</summary>
    Done = 1,

    /// <summary>The file or entry does not exist.</summary>
    NotFound = 2,

    /// <summary>Failed: the first number is the errno, the text the reason.</summary>
    Failed = 3,

    /// <summary>The worker may not ask this.</summary>
    Refused = 4,
}

/// <summary>One answer. Descriptors travel beside it.</summary>
/// <param name="Verdict">The outcome.</param>
/// <param name="Text">Wire text.</param>
/// <param name="Numbers">Up to four numbers.</param>
public sealed record BrokerAnswer(BrokerVerdict Verdict, string Text, params long[] Numbers)
{
    private const int MostNumbers = 4;
    private const int HeaderSize = 3;

    /// <summary>The answer to a question that is not allowed.</summary>
    public static BrokerAnswer Refused { get; } = new(BrokerVerdict.Refused, "");

    /// <summary>The answer for a missing file or entry.</summary>
    public static BrokerAnswer NotFound { get; } = new(BrokerVerdict.NotFound, "");

    /// <summary>The answer that reports an exception.</summary>
    public static BrokerAnswer Failed(Exception failure) =>
        new(BrokerVerdict.Failed, WireText.FromUnicode(failure.Message), (failure as LibcException)?.Errno ?? 0);

    /// <summary>The answer as a message. A text that is too long loses its end.</summary>
    public byte[] ToMessage()
    {
        byte[] text = WireText.ToBytes(Text.Length <= MessageSocket.MaxMessage / 2 ? Text : Text[..(MessageSocket.MaxMessage / 2)]);
        byte[] message = new byte[HeaderSize + (Numbers.Length * sizeof(long)) + text.Length];
        message[0] = BrokerQuestion.Version;
        message[1] = (byte)Verdict;
        message[2] = (byte)Numbers.Length;
        for (int i = 0; i < Numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(HeaderSize + (i * sizeof(long))), Numbers[i]);
        }

        text.CopyTo(message, HeaderSize + (Numbers.Length * sizeof(long)));
        return message;
    }

    /// <summary>Reads a message; <c>null</c>: the message is not an answer.</summary>
    public static BrokerAnswer? TryParse(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderSize || message[0] != BrokerQuestion.Version || !Enum.IsDefined((BrokerVerdict)message[1])
            || message[2] > MostNumbers || message.Length < HeaderSize + (message[2] * sizeof(long)))
        {
            return null;
        }

        long[] numbers = new long[message[2]];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(message[(HeaderSize + (i * sizeof(long)))..]);
        }

        return new BrokerAnswer(
            (BrokerVerdict)message[1], WireText.FromBytes(message[(HeaderSize + (numbers.Length * sizeof(long)))..]), numbers);
    }
}
