// The links that are followed, with openat2 and without.
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public sealed class TrustedFilesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ScratchDirectory _scratch = new();
    private readonly string _file;

    public TrustedFilesTests()
    {
        _file = _scratch["file"];
        File.WriteAllText(_file, "text");
    }

    public static TheoryData<bool> WithAndWithoutOpenat2 => [true, false];

    public void Dispose()
    {
        TrustedFiles.UsesOpenat2 = true;
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutOpenat2))]
    public void Paths_without_links(bool openat2)
    {
        TrustedFiles.UsesOpenat2 = openat2;
        Assert.Equal("text", Read(_file));
        Assert.Equal("text", Read($"{_scratch.Path}/../{Path.GetFileName(_scratch.Path)}//./file"));
        Assert.NotNull(TrustedFiles.ReadAll("/etc/passwd"));
        Assert.Null(TrustedFiles.ReadAll(_scratch["missing"]));
        Assert.Null(TrustedFiles.ReadAll(_scratch["missing/below"]));
        Assert.Null(TrustedFiles.ReadAll(_scratch["file/below"]));
        Assert.Equal($"{_scratch.Path}: Is a directory", Assert.Throws<IOException>(() => TrustedFiles.ReadAll(_scratch.Path)).Message);
        Assert.Equal($"{_scratch["no/file"]}: No such file or directory",
            Assert.Throws<LibcException>(() => TrustedFiles.OpenOrCreate(_scratch["no/file"], OwnerOnly)).Message);
        TrustedFiles.In("/").Dispose();
        TrustedFiles.In(".").Dispose();
        TrustedFiles.Beside("relative").Dispose();
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutOpenat2))]
    public void Roots_links_in_roots_directories_are_followed_wherever_they_are_in_the_path(bool openat2)
    {
        TrustedFiles.UsesOpenat2 = openat2;
        Directory.CreateDirectory(_scratch["a/b"]);
        Link("a/b/up", "../../file");
        Link("a/here", ".");
        Link("directory", _scratch["a"]);
        Link("twice", "directory/here/b/up");
        Link("root", "/");
        Assert.Equal("text", Read(_scratch["twice"]));
        Assert.Equal("text", Read(_scratch["directory/b/../here/b/up"]));
        Assert.Equal("text", Read(_scratch["root"] + _file));
        TrustedFiles.In(_scratch["root"]).Dispose();
        using (TrustedFiles.OpenOrCreate(_scratch["directory/made"], OwnerOnly))
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(_scratch["a/made"]));
        }
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutOpenat2))]
    public void Links_in_circles_end(bool openat2)
    {
        TrustedFiles.UsesOpenat2 = openat2;
        Link("one", "two");
        Link("two", "one");
        Assert.Equal($"{_scratch["one"]}: Too many levels of symbolic links",
            Assert.Throws<IOException>(() => TrustedFiles.ReadAll(_scratch["one"])).Message);
    }

    [Theory]
    [InlineData(true, 4242, 0, 0, "0755")]
    [InlineData(false, 4242, 0, 0, "0755")]
    [InlineData(true, 0, 4242, 0, "0755")]
    [InlineData(false, 0, 4242, 0, "0755")]
    [InlineData(true, 0, 0, 0, "1777")]
    [InlineData(true, 0, 0, 4242, "0775")]
    public async Task Links_that_others_may_have_made_are_refused_wherever_they_are(
        bool openat2, int linkOwner, int directoryOwner, int directoryGroup, string mode)
    {
        TrustedFiles.UsesOpenat2 = openat2;
        Directory.CreateDirectory(_scratch["theirs"]);
        Link("theirs/file", _file);
        Link("theirs/directory", _scratch.Path);
        Link("theirs/nowhere", _scratch["nowhere"]);
        await ProcessRunner.RunOrThrowAsync(["sh", "-c", $"chown -h {linkOwner} {_scratch["theirs"]}/*"]);
        await ProcessRunner.RunOrThrowAsync(["chown", $"{directoryOwner}:{directoryGroup}", _scratch["theirs"]]);
        await ProcessRunner.RunOrThrowAsync(["chmod", mode, _scratch["theirs"]]);

        string of = $" of uid {linkOwner} in a directory of uid {directoryOwner}, mode {mode}: not followed, since others may have "
            + "made it; remove it, or give link and directory to root and let nobody else write there";
        string link = _scratch["theirs/file"];
        Assert.Equal($"{link}: a symbolic link{of}", Refused(() => TrustedFiles.ReadAll(link)));
        Assert.Equal($"{link}: a symbolic link{of}", Refused(() => TrustedFiles.OpenOrCreate(link, OwnerOnly).Dispose()));
        string below = _scratch["theirs/directory/file"];
        string directory = _scratch["theirs/directory"];
        Assert.Equal($"{below}: {directory} is a symbolic link{of}", Refused(() => TrustedFiles.ReadAll(below)));
        Assert.Equal($"{directory}: a symbolic link{of}", Refused(() => TrustedFiles.Beside(below).Dispose()));
        Refused(() => TrustedFiles.OpenOrCreate(_scratch["theirs/nowhere"], OwnerOnly).Dispose());
        Refused(() => RecordLock.TryTake(_scratch["theirs/nowhere"])?.Dispose());
        Refused(() => FileLock.Take(_scratch["theirs/nowhere"], OwnerOnly).Dispose());
        Assert.False(File.Exists(_scratch["nowhere"]));
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutOpenat2))]
    public void Nothing_is_made_through_a_link_be_it_roots(bool openat2)
    {
        TrustedFiles.UsesOpenat2 = openat2;
        Link("link", _scratch["nowhere"]);
        Assert.Equal(
            $"{_scratch["link"]}: a symbolic link to what does not exist, uid 0's: nothing is made through a link; remove it",
            Refused(() => TrustedFiles.OpenOrCreate(_scratch["link"], OwnerOnly).Dispose()));
        using TrustedFiles files = TrustedFiles.In(_scratch.Path);
        Assert.Throws<IOException>(() => files.Create("link", OwnerOnly));
        Assert.False(File.Exists(_scratch["nowhere"]));
        files.Renew("link", OwnerOnly, "new"u8);
        Assert.Equal("new", File.ReadAllText(_scratch["link"]));
        Assert.Null(new FileInfo(_scratch["link"]).LinkTarget);
    }

    [Fact]
    public void A_new_file_gets_its_owner_and_one_that_is_there_keeps_it()
    {
        FileOwner owner = new(4242, 4243, OwnerOnly);
        TrustedFiles.OpenOrCreate(_scratch["new"], OwnerOnly, owner).Dispose();
        TrustedFiles.OpenOrCreate(_file, OwnerOnly, owner).Dispose();
        Assert.Equal(owner, TrustedFiles.OwnerOf(_scratch["new"]));
        Assert.Equal(0u, TrustedFiles.OwnerOf(_file)?.Uid);
    }

    [Fact]
    public async Task Neither_pipes_nor_others_hard_links_are_opened()
    {
        await ProcessRunner.RunOrThrowAsync(["mkfifo", _scratch["pipe"]]);
        Assert.Equal($"{_scratch["pipe"]}: no regular file, and uid 0's: remove it", Refused(() => TrustedFiles.OpenRead(_scratch["pipe"])));

        Directory.CreateDirectory(_scratch["theirs"]);
        await ProcessRunner.RunOrThrowAsync(["ln", _file, _scratch["theirs/hard"]]);
        Assert.Equal("text", Read(_scratch["theirs/hard"]));
        await ProcessRunner.RunOrThrowAsync(["chown", "4242", _scratch["theirs"]]);
        Refused(() => TrustedFiles.ReadAll(_scratch["theirs/hard"]));
    }

    [Fact]
    public async Task A_file_longer_than_memory_should_hold_is_not_read_whole()
    {
        await ProcessRunner.RunOrThrowAsync(["truncate", "-s", "200G", _file]);
        Assert.Contains("longer than 256 MiB", Assert.Throws<IOException>(() => TrustedFiles.ReadAll(_file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_file_tells_where_it_is()
    {
        Link("link", _file);
        using SafeFileHandle file = TrustedFiles.OpenRead(_scratch["link"])!;
        Assert.Equal(_file, TrustedFiles.PlaceOf(file));
    }

    private static string? Read(string path) =>
        TrustedFiles.ReadAll(path) is { } bytes ? System.Text.Encoding.ASCII.GetString(bytes) : null;

    private void Link(string name, string target) => File.CreateSymbolicLink(_scratch[name], target);

    private static string Refused(Action open) => Assert.Throws<UntrustedFileException>(open).Message;
}
