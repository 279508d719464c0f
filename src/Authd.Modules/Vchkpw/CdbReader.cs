// Reads constant databases: qmail's users/cdb and vpopmail's vpasswd.cdb.
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Vchkpw;

/// <summary>A cdb file opened for reading. Positions and lengths found in it are checked before use.</summary>
public sealed class CdbReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;

    private CdbReader(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
        _length = RandomAccess.GetLength(file);
    }

    /// <summary>Opens a file, or returns <c>null</c> when there is none.</summary>
    /// <exception cref="IOException">It is there but cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static CdbReader? Open(string path)
    {
        try
        {
            // Sharing everything keeps .NET from locking the file.
            return new CdbReader(File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The data of the first record with that key, <c>null</c> when there is none.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public byte[]? Find(ReadOnlySpan<byte> key)
    {
        uint hash = CdbFormat.Hash(key);
        (uint table, uint slots) = ReadPair(hash % CdbFormat.Tables * CdbFormat.PairSize);
        for (uint tried = 0; tried < slots; tried++)
        {
            long slot = (hash / CdbFormat.Tables + tried) % slots;
            (uint found, uint position) = ReadPair(table + (slot * CdbFormat.PairSize));
            if (position == 0)
            {
                break;
            }

            if (found == hash && ReadRecord(position, out _) is var record && key.SequenceEqual(record.Key))
            {
                return record.Value;
            }
        }

        return null;
    }

    /// <summary>All records, in the order in which they were written.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public IEnumerable<KeyValuePair<byte[], byte[]>> Records()
    {
        // The first table begins where the records end.
        long end = Enumerable.Range(0, CdbFormat.Tables).Min(table => (long)ReadPair(table * CdbFormat.PairSize).First);
        for (long position = CdbFormat.FirstRecord; position < end;)
        {
            yield return ReadRecord(position, out position);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private KeyValuePair<byte[], byte[]> ReadRecord(long position, out long next)
    {
        (uint keyLength, uint dataLength) = ReadPair(position);
        long key = position + CdbFormat.PairSize;
        next = key + keyLength + dataLength;
        if (next > _length)
        {
            throw Damaged();
        }

        return new(Read(key, (int)keyLength), Read(key + keyLength, (int)dataLength));
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
        if (!ExactRead.TryFill(_file, position, buffer))
        {
            throw Damaged();
        }
    }

    private IOException Damaged() => new($"{_path}: damaged: it ends early");
}
