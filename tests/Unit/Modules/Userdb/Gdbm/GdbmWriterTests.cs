// The GDBM writer, read by our reader and by libgdbm itself (through Perl).
using Authd.Core;
using Authd.Modules.Userdb.Gdbm;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb.Gdbm;

public sealed class GdbmWriterTests : IDisposable
{
    /// <summary>Prints all records, each once found by enumeration and once looked up.</summary>
    private const string Dump =
        "use GDBM_File; tie(my %h, 'GDBM_File', $ARGV[0], &GDBM_READER, 0) or die $!; binmode STDOUT;"
        + "while (my ($k, $v) = each %h) { $h{$k} eq $v or die; print \"$k\\0$v\\0\" }";

    private const string AddOne =
        "use GDBM_File; tie(my %h, 'GDBM_File', $ARGV[0], &GDBM_WRITER, 0) or die $!;"
        + "$h{\"more$_\"} = 'x' x $_ for 1..3000; untie %h;";

    private readonly ScratchDirectory _scratch = new();

    private string File => _scratch["x.dat"];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(166)]
    [InlineData(167)]
    [InlineData(20_000)]
    [InlineData(150_000)]
    public async Task Both_readers_find_every_record(int count)
    {
        Dictionary<string, string> records = Enumerable.Range(0, count).ToDictionary(
            i => $"user{i}@example.com", i => $"uid={i}|_=");
        Write(records);

        AssertOurs(records);
        Assert.Equal(records, await ReadWithLibgdbmAsync());
    }

    [Fact]
    public async Task Any_bytes_and_any_length()
    {
        Random random = new(7);
        Dictionary<string, string> records = Enumerable.Range(1, 400).ToDictionary(
            i => Text(random, i % 300 + 3) + i, i => Text(random, i * i % 60_000));
        records["k"] = "";
        records["\u00ff\u0001"] = new string('x', GdbmReader.MaxRecord - 2);
        Write(records);

        AssertOurs(records);
        Assert.Equal(records, await ReadWithLibgdbmAsync());
    }

    [Fact]
    public async Task Libgdbm_can_go_on_with_the_file()
    {
        Dictionary<string, string> records = Enumerable.Range(0, 1000).ToDictionary(i => $"user{i}", i => $"uid={i}");
        Write(records);

        await ProcessRunner.RunOrThrowAsync(["perl", "-e", AddOne, File]);

        for (int i = 1; i <= 3000; i++)
        {
            records[$"more{i}"] = new string('x', i);
        }

        AssertOurs(records);
    }

    [Fact]
    public void Keys_whose_hashes_agree_in_many_bits_enlarge_the_directory()
    {
        // 170 keys with the same first 12 bits: one bucket more than 2^9 entries can tell apart.
        Dictionary<string, string> records = Enumerable.Range(0, int.MaxValue).Select(i => $"k{i}")
            .Where(key => GdbmHash.Of(WireText.ToBytes(key)) >> (GdbmHash.Bits - 12) == 5).Take(170).ToDictionary(
                key => key);
        Write(records);

        AssertOurs(records);
        Assert.True(new FileInfo(File).Length > 8 << 13);
    }

    [Fact]
    public void The_hashes_of_keys_that_come_twice_are_known()
    {
        GdbmWriter writer = new(6);
        foreach (string key in (string[])["a", "b", "c", "b", "a", "b"])
        {
            writer.Add(WireText.ToBytes(key), 1);
        }

        Assert.Equal([.. ((byte[][])[[(byte)'a'], [(byte)'b']]).Select(key => GdbmHash.Of(key)).Order()], writer.RepeatedHashes().Order());
    }

    [Fact]
    public void More_keys_of_one_hash_than_a_bucket_holds_are_refused()
    {
        GdbmWriter writer = new(100_000);
        for (int i = 0; i < 100_000; i++)
        {
            writer.Add("same"u8, 1);
        }

        GdbmException refused = Assert.Throws<GdbmException>(() => writer.Write(Stream.Null, static _ => { }));
        Assert.Equal("too many keys with the same hash", refused.Message);
    }

    [Fact]
    public void A_record_that_no_reader_takes_is_refused() =>
        Assert.Throws<GdbmException>(() => new GdbmWriter(1).Add("k"u8, GdbmReader.MaxRecord));

    private static string Text(Random random, int length) =>
        new([.. Enumerable.Range(0, length).Select(_ => (char)random.Next(1, 256))]);

    private void Write(Dictionary<string, string> records) => System.IO.File.WriteAllBytes(
        File, GdbmFile.Of([.. records.Select(record => (WireText.ToBytes(record.Key), WireText.ToBytes(record.Value)))]));

    private void AssertOurs(Dictionary<string, string> records)
    {
        using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(File));
        foreach ((string key, string value) in records)
        {
            Assert.True(reader.TryFind(WireText.ToBytes(key), out ReadOnlySpan<byte> found));
            Assert.Equal(value, WireText.FromBytes(found));
        }

        Assert.False(reader.TryFind("nobody"u8, out _));
        Assert.Equal(
            records.Keys.Order(StringComparer.Ordinal),
            reader.Buckets().SelectMany(b => b).Select(r => WireText.FromBytes(r.Key)).Order(StringComparer.Ordinal));
    }

    private async Task<Dictionary<string, string>> ReadWithLibgdbmAsync()
    {
        string[] texts = (await ProcessRunner.RunOrThrowAsync(["perl", "-e", Dump, File])).Split('\0')[..^1];
        return texts.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
