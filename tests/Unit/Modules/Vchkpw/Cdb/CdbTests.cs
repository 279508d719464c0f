// Our cdb reader and writer beside tinycdb's.
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Authd.Modules.Vchkpw.Cdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.Vchkpw.Cdb;

public sealed class CdbTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3000)]
    public async Task Each_reads_what_the_other_writes(int count)
    {
        string[] keys = [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        string records = string.Concat(keys.Select(key => $"+{key.Length},{key.Length + 1}:{key}->v{key}\n"));
        await ProcessRunner.RunOrThrowAsync(["cdb", "-c", _scratch["theirs"]], records + "\n");
        Write(_scratch["ours"], keys.Select(key => (key, "v" + key)));

        foreach (string file in (string[])["theirs", "ours"])
        {
            using CdbReader reader = CdbReader.Open(_scratch[file])!;
            Assert.All(keys, key => Assert.Equal("v" + key, Text(reader.Find(Encoding.ASCII.GetBytes(key)))));
            Assert.Null(reader.Find("nosuch"u8));
            Assert.Equal(keys, reader.Records().Select(record => Text(record.Key)));
            Assert.Equal(records + "\n", await ProcessRunner.RunOrThrowAsync(["cdb", "-d", _scratch[file]]));
        }
    }

    [Fact]
    public void The_first_of_equal_keys_is_found_and_no_file_is_no_database()
    {
        Write(_scratch["ours"], [("a", "1"), ("a", "2")]);
        using CdbReader reader = CdbReader.Open(_scratch["ours"])!;
        Assert.Equal("1", Text(reader.Find("a"u8)));
        Assert.Null(CdbReader.Open(_scratch["missing"]));
    }

    [Fact]
    public void Damage_anywhere_is_an_error_or_a_miss_but_never_a_hang()
    {
        Write(_scratch["ours"], [("key", "value"), ("other", "thing")]);
        byte[] whole = File.ReadAllBytes(_scratch["ours"]);
        int table = (int)(CdbFormatHash("key") % 256) * 8;
        int failed = 0;
        foreach (int at in Enumerable.Range(table, 8).Concat(Enumerable.Range(2048, whole.Length - 2048)))
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0xFF;
            failed += MarkFailed(damaged) ? 1 : 0;
        }

        Assert.True(failed > 0);
        Assert.True(MarkFailed(whole[..2048]) && MarkFailed(whole[..1000]) && MarkFailed([]));
    }

    [Fact]
    public void A_table_that_the_file_has_no_room_for_is_refused()
    {
        byte[] file = new byte[4096];
        PutPair(file, TableOf("key"), 2048, 0x10000000);
        Assert.Equal($"{_scratch["damaged"]}: damaged: it ends early", Failure(file, reader => reader.Find("key"u8)));
        PutPair(file, TableOf("key"), 1024, 1);
        Assert.Equal(
            $"{_scratch["damaged"]}: damaged: a hash table where none can be; make it anew (vpopmail's vmkpasswd, qmail's qmail-newu)",
            Failure(file, reader => reader.Find("key"u8)));
    }

    [Fact]
    public void A_full_table_of_any_size_is_not_searched_to_its_end()
    {
        // All slots have the key's hash and name a record that has another key.
        const int Slots = 100_000;
        byte[] file = new byte[2048 + 16 + (Slots * 8)];
        PutPair(file, TableOf("key"), 2048 + 16, Slots);
        PutPair(file, 2048, 3, 0);
        for (int i = 0; i < Slots; i++)
        {
            PutPair(file, 2048 + 16 + (i * 8), CdbFormatHash("key"), 2048);
        }

        Assert.Contains("in more than 4096 places", Failure(file, reader => reader.Find("key"u8)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hole_is_no_list_of_records()
    {
        byte[] file = new byte[2048];
        for (int table = 0; table < 256; table++)
        {
            PutPair(file, table * 8, int.MaxValue, 0);
        }

        File.WriteAllBytes(_scratch["damaged"], file);
        using (FileStream hole = File.OpenWrite(_scratch["damaged"]))
        {
            hole.SetLength(int.MaxValue);
        }

        using CdbReader reader = CdbReader.Open(_scratch["damaged"])!;
        Assert.Contains("several records without a key",
            Assert.Throws<IOException>(() => reader.Records().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_longer_than_any_account_is_refused()
    {
        byte[] file = new byte[3 << 20];
        PutPair(file, TableOf("key"), 2048 + 16, 1);
        PutPair(file, 2048, 3, 2 << 20);
        PutPair(file, 2048 + 16, CdbFormatHash("key"), 2048);
        Assert.Contains("a record of an impossible length", Failure(file, reader => reader.Find("key"u8)), StringComparison.Ordinal);
    }

    private string Failure(byte[] bytes, Action<CdbReader> use)
    {
        File.WriteAllBytes(_scratch["damaged"], bytes);
        using CdbReader reader = CdbReader.Open(_scratch["damaged"])!;
        return Assert.Throws<IOException>(() => use(reader)).Message;
    }

    private static int TableOf(string key) => (int)(CdbFormatHash(key) % 256) * 8;

    private static void PutPair(byte[] file, int at, uint first, uint second)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), first);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 4), second);
    }

    private bool MarkFailed(byte[] bytes)
    {
        File.WriteAllBytes(_scratch["damaged"], bytes);
        using CdbReader reader = CdbReader.Open(_scratch["damaged"])!;
        try
        {
            _ = reader.Find("key"u8);
            _ = reader.Records().Count();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static uint CdbFormatHash(string key) =>
        key.Aggregate(5381u, static (hash, c) => unchecked((hash << 5) + hash) ^ c);

    private static void Write(string path, IEnumerable<(string Key, string Data)> records)
    {
        CdbWriter writer = new();
        foreach ((string key, string data) in records)
        {
            writer.Add(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(data));
        }

        using FileStream file = File.Create(path);
        foreach (ReadOnlyMemory<byte> part in writer.Finish())
        {
            file.Write(part.Span);
        }
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.ASCII.GetString(bytes);
}
