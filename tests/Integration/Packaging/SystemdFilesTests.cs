// packaging/systemd as installed: systemd understands it, and its exposure is not above the documented one.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Packaging;

public sealed class SystemdFilesTests : IAsyncLifetime
{
    private const string Unit = "courier-authlib.service";
    private const string PromisedExposure = "25"; // tenths

    private readonly ScratchDirectory _root = new();

    public static TheoryData<string> DropIns { get; } =
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "packaging/systemd/examples")).Select(path =>
            Path.GetFileName(path))];

    private string UnitPath => _root[$"usr/lib/systemd/system/{Unit}"];

    public async Task InitializeAsync()
    {
        await ProcessRunner.RunOrThrowAsync(
            ["make", "-s", "-C", Repository.Root, "install-service", $"DESTDIR={_root.Path}"]);
        // systemd-analyze checks whether the programs exist.
        File.WriteAllText(
            UnitPath,
            File.ReadAllText(UnitPath).Replace("/usr/sbin/authdaemond", OurDaemon.Binary, StringComparison.Ordinal));
    }

    public Task DisposeAsync()
    {
        _root.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public Task The_units_are_understood() => VerifyAsync();

    [Fact]
    public async Task The_service_is_exposed_no_more_than_promised()
    {
        await ProcessRunner.RunOrThrowAsync(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", $"--threshold={PromisedExposure}", UnitPath]);
    }

    [Theory]
    [MemberData(nameof(DropIns))]
    public async Task A_drop_in_is_understood(string file)
    {
        string directory = Directory.CreateDirectory(UnitPath + ".d").FullName;
        File.Copy(_root[$"usr/share/doc/courier-authdaemon-aot/systemd/{file}"], Path.Combine(directory, file));
        await VerifyAsync();
    }

    [Fact]
    public async Task Users_and_directories_are_understood()
    {
        Directory.CreateDirectory(_root["etc"]);
        await ProcessRunner.RunOrThrowAsync(["systemd-sysusers", $"--root={_root.Path}"]);
        Assert.Contains("\ncourier:", "\n" + await File.ReadAllTextAsync(_root["etc/passwd"]), StringComparison.Ordinal);
        await ProcessRunner.RunOrThrowAsync(["systemd-tmpfiles", $"--root={_root.Path}", "--create"]);
        UnixFileMode mode = File.GetUnixFileMode(_root["run/courier/authdaemon"]);
        Assert.Equal("750", Convert.ToString((int)mode, 8));
    }

    /// <summary>systemd-analyze exits with 0 even if it complains about unknown names, so its output must be empty.</summary>
    private async Task VerifyAsync()
    {
        ProgramResult result = await ProcessRunner.RunAsync(
            ["systemd-analyze", "verify", "--man=no", UnitPath, Path.ChangeExtension(UnitPath, ".socket")]);
        Assert.Equal(new ProgramResult(0, "", ""), result);
    }
}
