// Hash functions with an accessible chaining state, which HMAC keys need and .NET's own do not offer.
using System.Buffers.Binary;
using Authd.Core.Protocol;

namespace Authd.Core.Passwords;

/// <summary>
/// A Merkle-Damgard hash of 64-byte blocks and 32-bit words (MD5: RFC 1321; SHA-1 and SHA-256: FIPS 180-4), one compression at a
/// time. No branch or index depends on data, so the time depends on lengths alone.
/// </summary>
internal abstract class ChainingHash(uint[] initialState, bool littleEndian)
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockLength = 64;

    private const int LengthField = 8;

    /// <summary>Bytes of a state, and so of a digest.</summary>
    public int StateLength { get; } = initialState.Length * sizeof(uint);

    /// <summary>The implementation of a CRAM hash.</summary>
    public static ChainingHash Of(CramHash hash) => hash switch
    {
        CramHash.Md5 => Md5Chaining.Instance,
        CramHash.Sha1 => Sha1Chaining.Instance,
        _ => Sha256Chaining.Instance,
    };

    /// <summary>The state after the first block of a message, without padding.</summary>
    public byte[] StateAfter(ReadOnlySpan<byte> block)
    {
        uint[] state = [.. initialState];
        CompressBytes(state, block);
        return ToBytes(state);
    }

    /// <summary>The digest of a message whose first <paramref name="hashedBefore"/> bytes led to <paramref name="state"/> (empty:
    /// the beginning), and whose remaining bytes are <paramref name="rest"/>.</summary>
    public byte[] Finish(ReadOnlySpan<byte> state, int hashedBefore, ReadOnlySpan<byte> rest)
    {
        uint[] words = state.IsEmpty ? [.. initialState] : ToWords(state);
        byte[] padded = Pad(rest, hashedBefore + (long)rest.Length);
        for (int at = 0; at < padded.Length; at += BlockLength)
        {
            CompressBytes(words, padded.AsSpan(at, BlockLength));
        }

        return ToBytes(words);
    }

    /// <summary>Mixes one block of 16 words into the state.</summary>
    protected abstract void Compress(Span<uint> state, ReadOnlySpan<uint> block);

    private void CompressBytes(Span<uint> state, ReadOnlySpan<byte> block) => Compress(state, ToWords(block));

    /// <summary>A one bit, zeros, and the whole message's length in bits, up to a block's end.</summary>
    private byte[] Pad(ReadOnlySpan<byte> rest, long totalLength)
    {
        int blocks = (rest.Length + LengthField) / BlockLength + 1;
        byte[] padded = new byte[blocks * BlockLength];
        rest.CopyTo(padded);
        padded[rest.Length] = 0x80;
        Span<byte> length = padded.AsSpan(padded.Length - LengthField);
        if (littleEndian)
        {
            BinaryPrimitives.WriteInt64LittleEndian(length, totalLength * 8);
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(length, totalLength * 8);
        }

        return padded;
    }

    private uint[] ToWords(ReadOnlySpan<byte> bytes)
    {
        uint[] words = new uint[bytes.Length / sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<byte> word = bytes[(i * sizeof(uint))..];
            words[i] = littleEndian
                ? BinaryPrimitives.ReadUInt32LittleEndian(word)
                : BinaryPrimitives.ReadUInt32BigEndian(word);
        }

        return words;
    }

    private byte[] ToBytes(uint[] words)
    {
        byte[] bytes = new byte[words.Length * sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
        {
            uint word = littleEndian == BitConverter.IsLittleEndian
                ? words[i]
                : BinaryPrimitives.ReverseEndianness(words[i]);
            BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(uint)), word);
        }

        return bytes;
    }
}
