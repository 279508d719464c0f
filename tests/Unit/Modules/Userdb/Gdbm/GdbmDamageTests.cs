// The GDBM reader on damaged files: an exception or an answer, but never a crash or an endless search.
using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Modules.Userdb.Gdbm;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb.Gdbm;

public sealed class GdbmDamageTests : IDisposable
{
    private const int Records = 300;
    private const int Header = 40;

    private readonly UserdbFiles _files = new();
    private readonly byte[] _sound;

    public GdbmDamageTests()
    {
        _files.Make(string.Concat(Enumerable.Range(0, Records).Select(i => $"user{i}\tuid={i}|gid=1|home=/home/{i}\n")));
        _sound = File.ReadAllBytes(_files.Database);
    }

    [Fact]
    public void Bytes_overwritten_anywhere()
    {
        int refused = Damage(1000, static (random, file) =>
        {
            for (int i = random.Next(1, 40); i > 0; i--)
            {
                file[random.Next(file.Length)] = (byte)random.Next(256);
            }

            return file;
        });

        Assert.InRange(refused, 100, 1000);
    }

    [Fact]
    public void Header_directory_and_buckets_overwritten()
    {
        int[] interesting = [0, 1, -1, 8, 9, 10, 31, 112, 4096, 4097, 8192, int.MaxValue, int.MinValue, 0x01000000];
        int refused = Damage(1000, (random, file) =>
        {
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                // The header half of the time, otherwise any place aligned like a number.
                int at = 4 * (random.Next(2) == 0 ? random.Next(Header / 4) : random.Next(file.Length / 4));
                BitConverter.TryWriteBytes(file.AsSpan(at), interesting[random.Next(interesting.Length)]);
            }

            return file;
        });

        Assert.InRange(refused, 100, 1000);
    }

    [Fact]
    public void Cut_short()
    {
        int refused = Damage(500, static (random, file) => file[..random.Next(file.Length)]);

        Assert.InRange(refused, 300, 500);
    }

    [Fact]
    public void Cut_short_while_open()
    {
        using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(_files.Database));
        using (FileStream file = new(_files.Database, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(100);
        }

        Assert.Throws<GdbmException>(() => reader.TryFind("user1"u8, out _));
        Assert.Throws<GdbmException>(() => reader.Buckets().Count());
    }

    [Theory]
    [InlineData(9, int.MaxValue)] // one bucket as large as the file: 89 million slots
    [InlineData(27, 4096)] // a directory of 1 GiB
    public void A_file_with_holes_has_no_hash_table_of_its_size(int directoryBits, int bucketSize)
    {
        byte[] block = new byte[4096];
        new GdbmHeader(4096, directoryBits, bucketSize, (bucketSize - GdbmElement.FirstOffset) / GdbmElement.Size)
            .Write(block, int.MaxValue);
        WriteWithHole(block, int.MaxValue);

        GdbmException error = Assert.Throws<GdbmException>(() => GdbmReader.Open(_files.Database));

        Assert.Equal($"{_files.Database}: damaged: a hash table of an impossible size; run makeuserdb", error.Message);
    }

    [Fact]
    public void A_list_ends_when_there_are_more_buckets_than_there_is_room()
    {
        // Every other entry of the directory points into the hole, to a bucket for which all bits count.
        const int Bits = 20;
        byte[] file = new byte[4096 + (8 << Bits) + (2 * 4096)];
        new GdbmHeader(4096, Bits, 4096, 166).Write(file.AsSpan(0, 4096), file.Length);
        Span<long> directory = MemoryMarshal.Cast<byte, long>(file.AsSpan(4096, 8 << Bits));
        for (int i = 0; i < directory.Length; i++)
        {
            int bucket = 4096 + (8 << Bits) + (4096 * (i % 2));
            directory[i] = bucket;
            file[bucket + 104] = Bits;
        }

        File.WriteAllBytes(_files.Database, file);
        using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(_files.Database));

        GdbmException error = Assert.Throws<GdbmException>(() => reader.Buckets().Count());

        Assert.Equal($"{_files.Database}: damaged: more buckets than it has room for", error.Message);
    }

    [Fact]
    public void A_bucket_full_of_one_hash_costs_no_more_than_a_record()
    {
        // All slots have the key's hash and length and name the same long record, which is not the key.
        const int BucketSize = 1 << 20;
        const int Elements = (BucketSize - GdbmElement.FirstOffset) / GdbmElement.Size;
        byte[] key = new byte[1000];
        byte[] file = new byte[8192 + BucketSize + 4096];
        new GdbmHeader(4096, 0, BucketSize, Elements).Write(file.AsSpan(0, 4096), file.Length);
        MemoryMarshal.Write(file.AsSpan(4096), 8192L);
        file.AsSpan(8192 + BucketSize).Fill(1);
        for (int i = 0; i < Elements; i++)
        {
            new GdbmElement(GdbmHash.Of(key), GdbmElement.StartOf(key), 8192 + BucketSize, key.Length, 3000)
                .Write(file.AsSpan(8192 + GdbmElement.FirstOffset + (i * GdbmElement.Size), GdbmElement.Size));
        }

        File.WriteAllBytes(_files.Database, file);
        using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(_files.Database));

        GdbmException error = Assert.Throws<GdbmException>(() => reader.TryFind(key, out _));

        Assert.Equal($"{_files.Database}: damaged: too many keys with the same hash", error.Message);
    }

    public void Dispose() => _files.Dispose();

    private void WriteWithHole(byte[] start, long length)
    {
        using FileStream file = File.Create(_files.Database);
        file.Write(start);
        file.SetLength(length);
    }

    /// <summary>The number of damaged files that could not be read to their end.</summary>
    private int Damage(int files, Func<Random, byte[], byte[]> damage)
    {
        Random random = new(files);
        return Enumerable.Range(0, files).Count(_ =>
        {
            File.WriteAllBytes(_files.Database, damage(random, [.. _sound]));
            return !CanRead();
        });
    }

    private bool CanRead()
    {
        try
        {
            using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(_files.Database));
            for (int i = 0; i < Records; i += 7)
            {
                reader.TryFind(WireText.ToBytes($"user{i}"), out _);
            }

            return reader.Buckets().Sum(bucket => bucket.Count) >= 0;
        }
        catch (GdbmException)
        {
            return false;
        }
    }
}
