// The GDBM reader on files written by the real makeuserdb.
using Authd.Core;
using Authd.Modules.Userdb.Gdbm;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb.Gdbm;

public sealed class GdbmReaderTests : IDisposable
{
    private readonly UserdbFiles _files = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20_000)]
    public void Every_record_is_found_and_enumerated_once(int count)
    {
        _files.Make(
            string.Concat(Enumerable.Range(0, count).Select(i => $"{Name(i)}\tuid={i}|home=/h/{i}|systempw=p{i}\n")));

        using GdbmReader reader = Open(_files.Database);
        using GdbmReader shadow = Open(_files.Shadow);
        for (int i = 0; i < count; i++)
        {
            Assert.StartsWith($"uid={i}|home=/h/{i}|_=", Find(reader, Name(i)));
            Assert.Equal($"systempw=p{i}", Find(shadow, Name(i)));
            Assert.Null(Find(reader, "no" + Name(i)));
        }

        string[] listed = [.. reader.Buckets().SelectMany(bucket => bucket).Select(r => WireText.FromBytes(r.Key))];
        Assert.Equal(Enumerable.Range(0, count).Select(Name).Order(), listed.Order());
        Assert.Null(Find(reader, ""));
    }

    [Fact]
    public void An_empty_database()
    {
        _files.Make("# nobody yet\n");

        using GdbmReader reader = Open(_files.Database);

        Assert.Null(Find(reader, "john"));
        Assert.Empty(reader.Buckets().SelectMany(bucket => bucket));
    }

    [Fact]
    public void Bytes_of_any_kind_and_records_of_any_length()
    {
        string longValue = "home=/" + new string('x', 50_000);
        _files.Make($"m\u00fcller\u0001\u00ff\t{longValue}\nline without a tab\n");

        using GdbmReader reader = Open(_files.Database);

        Assert.StartsWith(longValue + "|_=", Find(reader, "m\u00fcller\u0001\u00ff"));
        Assert.Equal("1", Find(reader, "line without a tab"));
    }

    [Fact]
    public void A_missing_file_is_none()
    {
        Assert.Null(GdbmReader.Open(_files.Database));
        Assert.Null(GdbmReader.Open(Path.Combine(_files.Database, "below")));
    }

    [Theory]
    [InlineData("", "damaged: the file ends early")]
    [InlineData("short", "damaged: the file ends early")]
    [InlineData("some text that is long enough to be a header",
        "not a GDBM database with 64-bit offsets (magic number 0x656d6f73)")]
    [InlineData("\u0013\u0057\u009a\u00cf0123456789012345678901234567890123456789",
        "written by a machine of the other byte order; run makeuserdb here")]
    [InlineData("\u00cf\u009a\u0057\u00130123456789012345678901234567890123456789",
        "damaged: the header contradicts itself or the file's size")]
    public void Files_that_are_no_databases(string content, string problem)
    {
        File.WriteAllBytes(_files.Database, WireText.ToBytes(content));

        GdbmException error = Assert.Throws<GdbmException>(() => GdbmReader.Open(_files.Database));

        Assert.Equal($"{_files.Database}: {problem}", error.Message);
    }

    [Fact]
    public void A_directory_is_an_error_not_a_missing_file()
    {
        Directory.CreateDirectory(_files.Database);

        Assert.Throws<GdbmException>(() => GdbmReader.Open(_files.Database));
    }

    public void Dispose() => _files.Dispose();

    private static string Name(int i) => $"user{i}@example.com";

    private static GdbmReader Open(string path) => Assert.IsType<GdbmReader>(GdbmReader.Open(path));

    private static string? Find(GdbmReader reader, string key) =>
        reader.TryFind(WireText.ToBytes(key), out ReadOnlySpan<byte> value) ? WireText.FromBytes(value) : null;
}
