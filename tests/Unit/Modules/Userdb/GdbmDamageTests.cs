// The GDBM reader on damaged files: an exception or an answer, but never a crash or a search without end.
using Authd.Core;
using Authd.Modules.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb;

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
                // The header half of the time, else anything that is aligned like a number.
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

    public void Dispose() => _files.Dispose();

    /// <summary>How many of the damaged files could not be read to their end.</summary>
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
