// Reads GDBM files, the format of userdb.dat, without libgdbm, whose reads do not survive a damaged file.
using System.Runtime.InteropServices;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Userdb.Gdbm;

/// <summary>One record of an enumeration.</summary>
/// <param name="Key">The key's bytes.</param>
/// <param name="Value">The value's bytes.</param>
public readonly record struct GdbmRecord(byte[] Key, byte[] Value);

/// <summary>
/// A GDBM file opened for reading, for one thread at a time. Offsets and sizes in the file are checked before use.
/// </summary>
public sealed class GdbmReader : IDisposable
{
    /// <summary>The longest record, in bytes. No account's record is longer, so a larger size means damage.</summary>
    public const int MaxRecord = 1 << 20;

    /// <summary>The offset in a bucket of the number of hash bits that its keys share.</summary>
    internal const int BucketBitsOffset = 104;

    private readonly PagedFile _file;
    private readonly string _path;
    private readonly GdbmHeader _header;
    private readonly long[] _directory;
    private byte[] _record = new byte[512];

    private GdbmReader(PagedFile file, string path)
    {
        _file = file;
        _path = path;
        Span<byte> header = stackalloc byte[GdbmHeader.Size];
        file.Read(0, header);
        _header = GdbmHeader.Parse(header, file.Length, path);
        _directory = new long[1 << _header.DirectoryBits];
        file.Read(_header.DirectoryOffset, MemoryMarshal.AsBytes(_directory.AsSpan()));
    }

    /// <summary>Opens a file, or returns <c>null</c> when it does not exist.</summary>
    /// <exception cref="IOException">The file cannot be read, or is not a usable GDBM file
    /// (<see cref="GdbmException"/>).</exception>
    public static GdbmReader? Open(string path)
    {
        SafeFileHandle? file;
        try
        {
            file = TrustedFiles.OpenRead(path);
        }
        catch (LibcException e)
        {
            throw new GdbmException(e.Message, e);
        }

        if (file is null)
        {
            return null;
        }

        try
        {
            return new GdbmReader(new PagedFile(file, path), path);
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
        long bucket = _directory[hash >> (GdbmHash.Bits - _header.DirectoryBits)];
        int slot = hash % _header.BucketElements;
        int compared = 0;
        for (int tried = 0; tried < _header.BucketElements; tried++)
        {
            GdbmElement element = ReadElement(bucket, slot);
            if (element.Hash == GdbmElement.Empty)
            {
                break;
            }

            if (element.Hash == hash && element.KeySize == key.Length)
            {
                if (HasKey(element, key, out value))
                {
                    return true;
                }

                if ((compared += key.Length) > MaxRecord)
                {
                    throw Damaged("too many keys with the same hash");
                }
            }

            slot = slot + 1 == _header.BucketElements ? 0 : slot + 1;
        }

        value = default;
        return false;
    }

    /// <summary>All records in the file's own order, a bucket at a time.</summary>
    /// <exception cref="IOException">The file is damaged or cannot be read.</exception>
    public IEnumerable<IReadOnlyList<GdbmRecord>> Buckets()
    {
        long bytes = 0;
        for (int i = 0; i < _directory.Length; i += EntriesOfBucketAt(i))
        {
            if ((bytes += _header.BucketSize) > _file.Length)
            {
                throw Damaged("more buckets than it has room for");
            }

            yield return Records(_directory[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>The number of directory entries, from <paramref name="first"/>
    /// on, that point to its bucket, as the bucket itself states it.</summary>
    private int EntriesOfBucketAt(int first)
    {
        Span<byte> field = stackalloc byte[sizeof(int)];
        _file.Read(_directory[first] + BucketBitsOffset, field);
        int bits = MemoryMarshal.Read<int>(field);
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

    private List<GdbmRecord> Records(long bucket)
    {
        List<GdbmRecord> records = [];
        for (int i = 0; i < _header.BucketElements; i++)
        {
            GdbmElement element = ReadElement(bucket, i);
            if (element.Hash != GdbmElement.Empty)
            {
                ReadOnlySpan<byte> record = ReadRecord(element);
                records.Add(new GdbmRecord(record[..element.KeySize].ToArray(), record[element.KeySize..].ToArray()));
            }
        }

        return records;
    }

    private GdbmElement ReadElement(long bucket, int slot)
    {
        Span<byte> bytes = stackalloc byte[GdbmElement.Size];
        _file.Read(bucket + GdbmElement.FirstOffset + ((long)slot * GdbmElement.Size), bytes);
        return GdbmElement.Parse(bytes);
    }

    private bool HasKey(GdbmElement element, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        // The key is compared first: others with the same hash may have long values.
        value = default;
        if (!ReadRecord(element with { DataSize = 0 }).SequenceEqual(key))
        {
            return false;
        }

        value = ReadRecord(element)[key.Length..];
        return true;
    }

    /// <summary>The key and the value that follows it.</summary>
    private ReadOnlySpan<byte> ReadRecord(GdbmElement element)
    {
        long size = (long)element.KeySize + element.DataSize;
        if (element.KeySize < 0 || element.DataSize < 0 || size > MaxRecord)
        {
            throw Damaged("a record of an impossible size");
        }

        if (_record.Length < size)
        {
            _record = new byte[size];
        }

        Span<byte> record = _record.AsSpan(0, (int)size);
        _file.Read(element.DataOffset, record);
        return record;
    }

    private GdbmException Damaged(string how) => new($"{_path}: damaged: {how}");
}
