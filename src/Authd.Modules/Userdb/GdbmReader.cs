// Reads GDBM files, the format of userdb.dat, without the library: it has no read that survives a damaged file.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Userdb;

/// <summary>One record, enumerated.</summary>
/// <param name="Key">The key's bytes.</param>
/// <param name="Value">The value's bytes.</param>
public readonly record struct GdbmRecord(byte[] Key, byte[] Value);

/// <summary>
/// A GDBM file opened for reading; for one thread at a time. Offsets and sizes found in the file are checked before use,
/// and every read is a positioned one: a file cut short under a memory map would kill the process with SIGBUS.
/// </summary>
public sealed class GdbmReader : IDisposable
{
    /// <summary>No record of an account is longer: a size beyond it is damage, in bytes.</summary>
    private const int MaxRecord = 1 << 20;

    /// <summary>Slots read at once: most searches end within them.</summary>
    private const int SlotsAtOnce = 16;

    /// <summary>
    /// A file up to this many bytes (some 14,000 accounts) is read whole when it is opened: positioned reads were a
    /// sixth of a look-up's CPU time.
    /// </summary>
    private const int ReadWhole = 2 << 20;

    private const int BucketBitsOffset = 104;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;
    private readonly byte[]? _content;
    private readonly GdbmHeader _header;
    private readonly long[] _directory;
    private readonly byte[] _slots = new byte[SlotsAtOnce * GdbmElement.Size];
    private byte[] _record = new byte[512];

    private GdbmReader(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
        _length = RandomAccess.GetLength(file);
        if (_length <= ReadWhole)
        {
            byte[] content = new byte[_length];
            ReadAt(0, content);
            _content = content;
        }

        Span<byte> header = stackalloc byte[GdbmHeader.Size];
        ReadAt(0, header);
        _header = GdbmHeader.Parse(header, _length, path);
        _directory = new long[1 << _header.DirectoryBits];
        ReadAt(_header.DirectoryOffset, MemoryMarshal.AsBytes(_directory.AsSpan()));
    }

    /// <summary>Opens a file, or returns <c>null</c> when there is none.</summary>
    /// <exception cref="IOException">The file cannot be read, or is no usable GDBM file (<see cref="GdbmException"/>).</exception>
    public static GdbmReader? Open(string path)
    {
        SafeFileHandle file;
        try
        {
            // Sharing everything keeps .NET from locking the file: makeuserdb must not find it busy.
            file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new GdbmException($"{path}: {e.Message}", e);
        }

        try
        {
            return new GdbmReader(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Finds the value of <paramref name="key"/>; it is valid until the next call.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public bool TryFind(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        int hash = GdbmHash.Of(key);
        long bucket = CheckedBucket(_directory[hash >> (GdbmHash.Bits - _header.DirectoryBits)]);
        int slot = hash % _header.BucketElements;
        for (int tried = 0; tried < _header.BucketElements;)
        {
            int count = Math.Min(SlotsAtOnce, _header.BucketElements - Math.Max(slot, tried));
            ReadAt(bucket + GdbmElement.FirstOffset + ((long)slot * GdbmElement.Size), _slots.AsSpan(0, count * GdbmElement.Size));
            for (int i = 0; i < count; i++)
            {
                GdbmElement element = GdbmElement.Read(_slots, i);
                if (element.Hash == GdbmElement.Empty)
                {
                    value = default;
                    return false;
                }

                if (element.Hash == hash && element.KeySize == key.Length && HasKey(element, key, out value))
                {
                    return true;
                }
            }

            tried += count;
            slot = (slot + count) % _header.BucketElements;
        }

        value = default;
        return false;
    }

    /// <summary>All records in the file's own order, a bucket at a time.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public IEnumerable<IReadOnlyList<GdbmRecord>> Buckets()
    {
        byte[] bucket = new byte[_header.BucketSize];
        for (int i = 0; i < _directory.Length; i += EntriesOf(bucket, i))
        {
            ReadAt(CheckedBucket(_directory[i]), bucket);
            yield return Records(bucket);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>How many directory entries, from <paramref name="first"/> on, name the bucket: it says so itself.</summary>
    private int EntriesOf(byte[] bucket, int first)
    {
        int bits = MemoryMarshal.Read<int>(bucket.AsSpan(BucketBitsOffset));
        if (bits < 0 || bits > _header.DirectoryBits)
        {
            throw Damaged("a bucket with an impossible number of bits");
        }

        int count = 1 << (_header.DirectoryBits - bits);
        if (count > _directory.Length - first
            || _directory.AsSpan(first, count).ContainsAnyExcept(_directory[first]))
        {
            throw Damaged("the directory contradicts a bucket");
        }

        return count;
    }

    private List<GdbmRecord> Records(byte[] bucket)
    {
        List<GdbmRecord> records = [];
        for (int i = 0; i < _header.BucketElements; i++)
        {
            GdbmElement element = GdbmElement.Read(bucket.AsSpan(GdbmElement.FirstOffset), i);
            if (element.Hash != GdbmElement.Empty)
            {
                ReadOnlySpan<byte> record = ReadRecord(element);
                records.Add(new GdbmRecord(record[..element.KeySize].ToArray(), record[element.KeySize..].ToArray()));
            }
        }

        return records;
    }

    private bool HasKey(GdbmElement element, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> record = ReadRecord(element);
        value = record[key.Length..];
        return record[..key.Length].SequenceEqual(key);
    }

    /// <summary>Key and value, one after the other.</summary>
    private ReadOnlySpan<byte> ReadRecord(GdbmElement element)
    {
        long size = (long)element.KeySize + element.DataSize;
        if (element.KeySize < 0 || element.DataSize < 0 || size > MaxRecord
            || element.DataOffset < 0 || element.DataOffset > _length - size)
        {
            throw Damaged("a record outside the file");
        }

        if (_record.Length < size)
        {
            _record = new byte[size];
        }

        Span<byte> record = _record.AsSpan(0, (int)size);
        ReadAt(element.DataOffset, record);
        return record;
    }

    private long CheckedBucket(long offset) =>
        offset >= GdbmHeader.Size && offset <= _length - _header.BucketSize
            ? offset
            : throw Damaged("a bucket outside the file");

    private void ReadAt(long offset, Span<byte> buffer)
    {
        if (_content is { } content && offset <= content.Length - buffer.Length)
        {
            content.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
            return;
        }

        while (!buffer.IsEmpty)
        {
            int count = RandomAccess.Read(_file, buffer, offset);
            if (count == 0)
            {
                throw Damaged("the file ends early");
            }

            offset += count;
            buffer = buffer[count..];
        }
    }

    private GdbmException Damaged(string how) => new($"{_path}: damaged: {how}");
}
