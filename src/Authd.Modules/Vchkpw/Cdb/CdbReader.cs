// Reads constant databases: qmail's users/cdb and vpopmail's vpasswd.cdb.
using System.Buffers.Binary;
using Authd.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Vchkpw.Cdb;

/// <summary>A cdb file opened for reading. Positions and lengths in it are checked before use, and a lookup takes a bounded
/// number of reads: the file may belong to a user who wants to slow the daemon down.</summary>
public sealed class CdbReader : IDisposable
{
    /// <summary>The most slots that a lookup reads. A writer leaves
    /// tables half empty, so that runs of full slots are short.</summary>
    private const int MaxProbes = 4096;

    /// <summary>The longest account or domain, in bytes.</summary>
    private const int MaxRecord = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;

    private CdbReader(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
        _length = RandomAccess.GetLength(file);
    }

    /// <summary>Opens a file, or returns <c>null</c> when it does not exist.</summary>
    /// <exception cref="IOException">The file exists but cannot be opened, or is not trusted.</exception>
    public static CdbReader? Open(string path) => Of(TrustedFiles.OpenRead(path), path);

    /// <summary>Reads an open file, which the reader closes; <c>null</c> for <c>null</c>.</summary>
    internal static CdbReader? Of(SafeFileHandle? file, string path) => file is null ? null : new CdbReader(file, path);

    /// <summary>The data of the first record with that key, <c>null</c> without one.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public byte[]? Find(ReadOnlySpan<byte> key)
    {
        uint hash = CdbFormat.Hash(key);
        (uint table, uint slots) = ReadPair(hash % CdbFormat.Tables * CdbFormat.PairSize);
        if (slots > 0 && table < CdbFormat.FirstRecord)
        {
            throw Damaged("a hash table where none can be");
        }

        if (slots > 0 && table + ((long)slots * CdbFormat.PairSize) > _length)
        {
            throw EndsEarly();
        }

        for (uint tried = 0; tried < slots; tried++)
        {
            if (tried == MaxProbes)
            {
                throw Damaged($"a hash table in which a key would have to be looked for in more than {MaxProbes} places");
            }

            long slot = (hash / CdbFormat.Tables + tried) % slots;
            (uint found, uint position) = ReadPair(table + (slot * CdbFormat.PairSize));
            if (position == 0)
            {
                break;
            }

            if (found == hash && HasKey(position, key, out int dataLength))
            {
                return Read(position + (long)CdbFormat.PairSize + key.Length, dataLength);
            }
        }

        return null;
    }

    /// <summary>All records, in the order of the file.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public IEnumerable<KeyValuePair<byte[], byte[]>> Records()
    {
        // The first table begins at the end of the records.
        long end = Enumerable.Range(0, CdbFormat.Tables).Min(table => (long)ReadPair(table * CdbFormat.PairSize).First);
        bool nameless = false;
        for (long position = CdbFormat.FirstRecord; position < end;)
        {
            KeyValuePair<byte[], byte[]> record = ReadRecord(position, out position);
            if (record.Key.Length == 0)
            {
                // qmail's file has one record without a name. Many of them
                // are a hole in the file, gigabytes of which take no space.
                if (nameless)
                {
                    throw Damaged("several records without a key");
                }

                nameless = true;
            }

            yield return record;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private KeyValuePair<byte[], byte[]> ReadRecord(long position, out long next)
    {
        (int keyLength, int dataLength) = ReadLengths(position);
        long key = position + CdbFormat.PairSize;
        next = key + keyLength + dataLength;
        return new(Read(key, keyLength), Read(key + keyLength, dataLength));
    }

    private bool HasKey(long position, ReadOnlySpan<byte> key, out int dataLength)
    {
        (int keyLength, dataLength) = ReadLengths(position);
        return keyLength == key.Length && key.SequenceEqual(Read(position + CdbFormat.PairSize, keyLength));
    }

    private (int Key, int Data) ReadLengths(long position)
    {
        (uint key, uint data) = ReadPair(position);
        if (position + CdbFormat.PairSize + key + data > _length)
        {
            throw EndsEarly();
        }

        return (long)key + data <= MaxRecord ? ((int)key, (int)data) : throw Damaged("a record of an impossible length");
    }

    private (uint First, uint Second) ReadPair(long position)
    {
        Span<byte> pair = stackalloc byte[CdbFormat.PairSize];
        Fill(position, pair);
        return (BinaryPrimitives.ReadUInt32LittleEndian(pair), BinaryPrimitives.ReadUInt32LittleEndian(pair[4..]));
    }

    private byte[] Read(long position, int length)
    {
        byte[] bytes = new byte[length];
        Fill(position, bytes);
        return bytes;
    }

    private void Fill(long position, Span<byte> buffer)
    {
        if (!PositionedRead.TryFill(_file, position, buffer))
        {
            throw EndsEarly();
        }
    }

    private IOException EndsEarly() => new($"{_path}: damaged: it ends early");

    private IOException Damaged(string how) =>
        new($"{_path}: damaged: {how}; make it anew (vpopmail's vmkpasswd, qmail's qmail-newu)");
}
