// The cached answers of all workers, in memory that they share.
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Authd.Core.Penalty;

namespace Authd.Core.Cache;

/// <summary>The question that an answer belongs to.</summary>
/// <param name="Module">The module's place in authmodulelist.</param>
/// <param name="IsLogin">A login; otherwise a lookup.</param>
/// <param name="Service">The client's service.</param>
/// <param name="User">The name as the client sent it.</param>
public readonly record struct AnswerKey(int Module, bool IsLogin, string Service, string User);

/// <summary>A cached answer.</summary>
public sealed record KeptAnswer
{
    /// <summary>The account, without the password of a verified login; <c>null</c>: the server does not know the user.</summary>
    public Account? Account { get; init; }

    /// <summary>The reason for a missing account.</summary>
    public string? Reason { get; init; }

    /// <summary>The keyed hash of the password that was verified, or of several, one behind the other; <c>null</c> for a lookup.</summary>
    public byte[]? Proof { get; init; }

    /// <summary>The time of the server's answer, in the clock's units.</summary>
    public required long Time { get; init; }

    /// <summary><see cref="ICacheableModule.ConfigurationVersion"/> before the server was asked.</summary>
    public required long Version { get; init; }

    /// <summary>The counters that must be unchanged.</summary>
    public required ChangeStamp Stamp { get; init; }
}

/// <summary>
/// Slots of 1 KiB in sets of <see cref="Ways"/>; a new answer replaces the one in its set that was unused for longest. No access
/// takes a lock: a reader copies a slot and believes it only if its keyed checksum is right. If two workers write a slot at once,
/// or one is killed while it writes, that answer is lost and nothing else.
/// </summary>
public sealed class AnswerStore
{
    /// <summary>Answers in a set.</summary>
    public const int Ways = 8;

    /// <summary>The least size of a store in 64-bit words.</summary>
    public const int LeastWords = HeadWords + (Ways * SlotWords);

    private const long Magic = 0x41757468_416e7331; // says "AuthAns1"
    private const int MagicAt = 0;
    /// <summary>The length of the keys together, in 64-bit words.</summary>
    public const int KeyWords = ProofKeyAt + ProofKeyWords - HashKeyAt;

    private const int HashKeyAt = 1;
    private const int ProofKeyAt = 3;
    private const int ProofKeyWords = 4;
    private const int UsedAt = 7;
    private const int EvictedAt = 8;
    private const int HeadWords = 16;

    private const int SlotWords = 128;
    private const int TagAt = 0;
    private const int LastUseAt = 1;
    private const int ChecksumAt = 2;
    private const int ContentAt = 3;
    private const int ContentBytes = (SlotWords - ContentAt) * sizeof(long);
    private const int LongestKey = 600;

    private readonly Memory<long> _words;
    private readonly int _sets;
    private readonly SipHash _hash;
    private readonly byte[] _proofKey;

    /// <summary>Uses memory that <see cref="Prepare"/> has initialized.</summary>
    /// <exception cref="ArgumentException">The memory holds no store.</exception>
    public AnswerStore(Memory<long> words)
    {
        Span<long> span = words.Span;
        if (span.Length < LeastWords || span[MagicAt] != Magic)
        {
            throw new ArgumentException("not a store of answers", nameof(words));
        }

        _words = words;
        _sets = (span.Length - HeadWords) / (Ways * SlotWords);
        _hash = new SipHash((ulong)span[HashKeyAt], (ulong)span[HashKeyAt + 1]);
        _proofKey = MemoryMarshal.AsBytes(span.Slice(ProofKeyAt, ProofKeyWords)).ToArray();
    }

    /// <summary>Begins a store in memory that is all zero.</summary>
    /// <param name="words">The memory.</param>
    /// <param name="keys"><see cref="KeyWords"/> random words, which are nowhere else.</param>
    public static void Prepare(Span<long> words, ReadOnlySpan<long> keys)
    {
        keys[..KeyWords].CopyTo(words[HashKeyAt..]);
        words[MagicAt] = Magic;
    }

    /// <summary>The number of answers, of all workers together.</summary>
    public long Count => Volatile.Read(ref _words.Span[UsedAt]);

    /// <summary>The bytes of these answers.</summary>
    public long Bytes => Count * SlotWords * sizeof(long);

    /// <summary>The number of answers replaced by others.</summary>
    public long Evicted => Volatile.Read(ref _words.Span[EvictedAt]);

    /// <summary>The answer about <paramref name="key"/>, whatever its age.</summary>
    /// <param name="key">The question.</param>
    /// <param name="now">The time in the clock's units.</param>
    /// <param name="answer">The answer.</param>
    public bool TryGet(in AnswerKey key, long now, [NotNullWhen(true)] out KeptAnswer? answer)
    {
        Span<byte> keyBytes = stackalloc byte[LongestKey];
        answer = null;
        if (!TryWrite(key, keyBytes, out int keyLength))
        {
            return false;
        }

        ulong tag = Tag(keyBytes[..keyLength]);
        if (Find(tag) is not (>= 0 and var at))
        {
            return false;
        }

        Span<long> words = _words.Span;
        Span<long> copy = stackalloc long[SlotWords];
        words.Slice(at, SlotWords).CopyTo(copy);
        Span<byte> content = MemoryMarshal.AsBytes(copy[ContentAt..]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(content);
        if (length > ContentBytes || (ulong)copy[ChecksumAt] != Checksum(tag, content[..length]))
        {
            return false;
        }

        SlotReader reader = new(content[sizeof(ushort)..length]);
        if (!reader.Bytes().SequenceEqual(keyBytes[..keyLength]))
        {
            return false;
        }

        answer = Read(ref reader);
        Volatile.Write(ref words[at + LastUseAt], now);
        return true;
    }

    /// <summary>Stores an answer in place of an earlier one; an answer too large for a slot is not stored.</summary>
    public void Put(in AnswerKey key, long now, KeptAnswer answer)
    {
        Span<byte> keyBytes = stackalloc byte[LongestKey];
        if (!TryWrite(key, keyBytes, out int keyLength))
        {
            return;
        }

        ulong tag = Tag(keyBytes[..keyLength]);
        Span<long> slot = stackalloc long[SlotWords];
        slot.Clear();
        Span<byte> content = MemoryMarshal.AsBytes(slot[ContentAt..]);
        SlotWriter writer = new(content[sizeof(ushort)..]);
        writer.Bytes(keyBytes[..keyLength]);
        Write(ref writer, answer);
        if (writer.IsFull)
        {
            Remove(tag);
            return;
        }

        int length = sizeof(ushort) + writer.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(content, (ushort)length);
        slot[TagAt] = (long)tag;
        slot[LastUseAt] = now;
        slot[ChecksumAt] = (long)Checksum(tag, content[..length]);

        int at = Find(tag);
        Span<long> words = _words.Span;
        if (at < 0)
        {
            at = Victim(tag);
            Interlocked.Increment(ref words[words[at + TagAt] == 0 ? UsedAt : EvictedAt]);
        }

        slot.CopyTo(words[at..]);
    }

    /// <summary>Removes the answer.</summary>
    public void Remove(in AnswerKey key)
    {
        Span<byte> keyBytes = stackalloc byte[LongestKey];
        if (TryWrite(key, keyBytes, out int keyLength))
        {
            Remove(Tag(keyBytes[..keyLength]));
        }
    }

    /// <summary>Removes all answers.</summary>
    public void Clear()
    {
        Span<long> words = _words.Span;
        words[HeadWords..].Clear();
        Volatile.Write(ref words[UsedAt], 0);
    }

    /// <summary>The keyed hash of a password. It covers the key's name, so that equal passwords do not show as equal.</summary>
    public byte[] Prove(in AnswerKey key, string password)
    {
        byte[] message = Encoding.Latin1.GetBytes($"{key.Module}\n{key.Service}\n{key.User}\n{password}");
        byte[] proof = HMACSHA256.HashData(_proofKey, message);
        CryptographicOperations.ZeroMemory(message);
        return proof;
    }

    private static bool TryWrite(in AnswerKey key, Span<byte> bytes, out int length)
    {
        length = 2 + key.Service.Length + 1 + key.User.Length;
        if (length > bytes.Length)
        {
            return false;
        }

        bytes[0] = (byte)key.Module;
        bytes[1] = key.IsLogin ? (byte)1 : (byte)0;
        Encoding.Latin1.GetBytes(key.Service, bytes[2..]);
        bytes[2 + key.Service.Length] = (byte)'\n'; // no service contains one
        Encoding.Latin1.GetBytes(key.User, bytes[(3 + key.Service.Length)..]);
        return true;
    }

    private static void Write(ref SlotWriter writer, KeptAnswer answer)
    {
        writer.Number(answer.Time);
        writer.Number(answer.Version);
        writer.Number(answer.Stamp.Name);
        writer.Number(answer.Stamp.Address);
        writer.Number(answer.Stamp.Home);
        writer.Number(answer.Stamp.Sum);
        writer.Bytes(answer.Proof);
        writer.Text(answer.Reason);
        if (answer.Account is not { } account)
        {
            writer.Number(0);
            return;
        }

        writer.Number(account.Uid is null ? 1 : 2);
        writer.Number(account.Uid ?? 0);
        writer.Number(account.Gid);
        writer.Text(account.Home);
        writer.Text(account.SystemUser);
        writer.Text(account.Address);
        writer.Text(account.FullName);
        writer.Text(account.Maildir);
        writer.Text(account.Quota);
        writer.Text(account.StoredPassword);
        writer.Text(account.ClearPassword);
        writer.Text(account.Options);
    }

    private static KeptAnswer Read(ref SlotReader reader)
    {
        long time = reader.Number();
        long version = reader.Number();
        ChangeStamp stamp = new((int)reader.Number(), (int)reader.Number(), (int)reader.Number(), reader.Number());
        ReadOnlySpan<byte> proof = reader.Bytes();
        string? reason = reader.Text();
        long form = reader.Number();
        return new KeptAnswer
        {
            Time = time,
            Version = version,
            Stamp = stamp,
            Proof = proof.IsEmpty ? null : proof.ToArray(),
            Reason = reason,
            Account = form == 0 ? null : ReadAccount(ref reader, hasUid: form == 2),
        };
    }

    private static Account ReadAccount(ref SlotReader reader, bool hasUid)
    {
        uint uid = (uint)reader.Number();
        return new Account
        {
            Uid = hasUid ? uid : null,
            Gid = (uint)reader.Number(),
            Home = reader.Text()!,
            SystemUser = reader.Text(),
            Address = reader.Text(),
            FullName = reader.Text(),
            Maildir = reader.Text(),
            Quota = reader.Text(),
            StoredPassword = reader.Text(),
            ClearPassword = reader.Text(),
            Options = reader.Text(),
        };
    }

    private void Remove(ulong tag)
    {
        Span<long> words = _words.Span;
        if (Find(tag) is >= 0 and var at && Interlocked.CompareExchange(ref words[at + TagAt], 0, (long)tag) == (long)tag)
        {
            words.Slice(at + 1, SlotWords - 1).Clear();
            Interlocked.Decrement(ref words[UsedAt]);
        }
    }

    /// <summary>The place of the answer, or -1.</summary>
    private int Find(ulong tag)
    {
        Span<long> words = _words.Span;
        int first = FirstOfSet(tag);
        for (int at = first; at < first + (Ways * SlotWords); at += SlotWords)
        {
            if ((ulong)Volatile.Read(ref words[at + TagAt]) == tag)
            {
                return at;
            }
        }

        return -1;
    }

    private int Victim(ulong tag)
    {
        Span<long> words = _words.Span;
        int first = FirstOfSet(tag);
        int victim = first;
        for (int at = first; at < first + (Ways * SlotWords); at += SlotWords)
        {
            if (Volatile.Read(ref words[at + TagAt]) == 0)
            {
                return at;
            }

            victim = words[at + LastUseAt] < words[victim + LastUseAt] ? at : victim;
        }

        return victim;
    }

    private int FirstOfSet(ulong tag) => HeadWords + ((int)((tag >> 1) % (ulong)_sets) * Ways * SlotWords);

    /// <summary>The tag of a key; never 0, which marks a free slot.</summary>
    private ulong Tag(ReadOnlySpan<byte> key) => _hash.Of(key) | 1;

    private ulong Checksum(ulong tag, ReadOnlySpan<byte> content) => _hash.Of(content) ^ tag;

    /// <summary>Writes the content of a slot.</summary>
    private ref struct SlotWriter(Span<byte> room)
    {
        private readonly Span<byte> _room = room;

        public int Length { get; private set; }

        public bool IsFull { get; private set; }

        public void Number(long number)
        {
            if (Take(sizeof(long)) is { IsEmpty: false } place)
            {
                BinaryPrimitives.WriteInt64LittleEndian(place, number);
            }
        }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            if (Take(sizeof(ushort) + bytes.Length) is { IsEmpty: false } place)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)bytes.Length);
                bytes.CopyTo(place[sizeof(ushort)..]);
            }
        }

        public void Text(string? text)
        {
            if (Take(sizeof(ushort) + (text?.Length ?? 0)) is { IsEmpty: false } place)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(place, text is null ? ushort.MaxValue : (ushort)text.Length);
                Encoding.Latin1.GetBytes(text ?? "", place[sizeof(ushort)..]);
            }
        }

        private Span<byte> Take(int count)
        {
            IsFull |= count > _room.Length - Length;
            if (IsFull)
            {
                return [];
            }

            Length += count;
            return _room.Slice(Length - count, count);
        }
    }

    /// <summary>Reads the output of <see cref="SlotWriter"/>, after its checksum was verified.</summary>
    private ref struct SlotReader(ReadOnlySpan<byte> content)
    {
        private ReadOnlySpan<byte> _rest = content;

        public long Number()
        {
            long number = BinaryPrimitives.ReadInt64LittleEndian(_rest);
            _rest = _rest[sizeof(long)..];
            return number;
        }

        public ReadOnlySpan<byte> Bytes()
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
            ReadOnlySpan<byte> bytes = _rest.Slice(sizeof(ushort), length);
            _rest = _rest[(sizeof(ushort) + length)..];
            return bytes;
        }

        public string? Text()
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(_rest) == ushort.MaxValue)
            {
                _rest = _rest[sizeof(ushort)..];
                return null;
            }

            return Encoding.Latin1.GetString(Bytes());
        }
    }
}
