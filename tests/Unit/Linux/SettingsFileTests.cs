// Configuration files of every kind and size: read, missing or refused, and never waited for.
using Authd.Linux.Files;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public sealed class SettingsFileTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_file_is_read_up_to_the_limit(int size)
    {
        byte[] bytes = [.. Enumerable.Range(0, size).Select(static i => (byte)i)];
        File.WriteAllBytes(_scratch["file"], bytes);

        Assert.Equal(bytes, SettingsFile.TryRead(_scratch["file"], 1000));
    }

    [Fact]
    public void A_file_over_the_limit_is_refused()
    {
        File.WriteAllBytes(_scratch["file"], new byte[1001]);

        IOException refusal = Assert.Throws<IOException>(() => SettingsFile.TryRead(_scratch["file"], 1000));
        Assert.StartsWith("has more than 1000 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_none() => Assert.Null(SettingsFile.TryRead(_scratch["none"], 1000));

    [Fact]
    public void Devices_and_directories_are_refused()
    {
        Assert.Equal("is no regular file", Refusal("/dev/zero"));
        Assert.Equal("Is a directory", Refusal(_scratch.Path));

        static string Refusal(string path) => Assert.Throws<IOException>(() => SettingsFile.TryRead(path, 1000)).Message;
    }

    public void Dispose() => _scratch.Dispose();
}
