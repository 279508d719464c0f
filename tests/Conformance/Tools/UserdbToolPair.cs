// Debian's userdb programs and ours, each in an /etc/courier of its own with the same initial content.
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Modules.Userdb.Gdbm;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Tools;

/// <summary>Runs the same command in both places, and compares the resulting files.</summary>
internal sealed partial class UserdbToolPair : IAsyncDisposable
{
    private const string InConfigDirectory = "cd /etc/courier && exec \"$@\"";

    private string? _stateOfC;
    private string? _stateOfOurs;

    /// <summary>The site of Debian's programs.</summary>
    public CourierSite C { get; } = new();

    /// <summary>The site of ours.</summary>
    public CourierSite Ours { get; } = new();

    /// <summary>Writes a file below /etc/courier in both places; folders are made with mode 0700.</summary>
    public void Write(string name, string text, string mode = "600")
    {
        foreach (CourierSite site in (CourierSite[])[C, Ours])
        {
            string path = Path.Combine(site.Config, name);
            string folder = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder, Mode("700"));
            }

            File.WriteAllBytes(path, WireText.ToBytes(text));
            File.SetUnixFileMode(path, Mode(mode));
        }
    }

    /// <summary>Does the same to both places.</summary>
    public void Both(Action<string> change)
    {
        change(C.Config);
        change(Ours.Config);
    }

    /// <summary>Runs the command in both places, in /etc/courier.</summary>
    public async Task<(ProgramResult C, ProgramResult Ours)> RunAsync(string[] command, string input = "")
    {
        _stateOfC ??= await C.NewStateAsync();
        _stateOfOurs ??= await Ours.NewStateAsync();
        ProgramResult c = await ProcessRunner.RunAsync(
            C.Inside(_stateOfC, ["sh", "-c", InConfigDirectory, "sh", "/usr/sbin/" + command[0], .. command[1..]]), input);
        ProgramResult ours = await ProcessRunner.RunAsync(
            Ours.Inside(_stateOfOurs, ["sh", "-c", InConfigDirectory, "sh", OurDaemon.Binary, .. command]), input);
        return (c with { Output = WithoutPath(c.Output), Error = WithoutPath(c.Error) }, ours);
    }

    /// <summary>Asserts the same output, exit code and files; the order of a record's fields may differ.</summary>
    /// <returns>The common result.</returns>
    public async Task<ProgramResult> AssertSameAsync(string[] command, string input = "")
    {
        (ProgramResult c, ProgramResult ours) = await RunAsync(command, input);
        Assert.Equal(c, ours);
        AssertSameFiles();
        return ours;
    }

    /// <summary>Asserts that both places have the same files.</summary>
    public void AssertSameFiles() => Assert.Equal(Describe(C.Config), Describe(Ours.Config));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        C.Dispose();
        Ours.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The records of a database, read with our reader.</summary>
    public static IReadOnlyList<string> Records(string path)
    {
        using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(path));
        return [.. reader.Buckets().SelectMany(bucket => bucket)
            .Select(record => $"{WireText.FromBytes(record.Key)} -> {WireText.FromBytes(record.Value)}")
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>Debian's programs call themselves by their path.</summary>
    private static string WithoutPath(string text) => ProgramPattern().Replace(text, "$1userdb");

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);

    /// <summary>Path, mode and content of each file, or the records of a database. Fields are sorted.</summary>
    private static string[] Describe(string directory) =>
    [
        .. from path in Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
           let name = Path.GetRelativePath(directory, path)
           // The C tool takes its lock, and leaves the file behind, even when it refuses or only shows.
           where !name.Contains(".lock.", StringComparison.Ordinal)
           orderby name
           select new FileInfo(path).LinkTarget ?? $"{name} {File.GetUnixFileMode(path)} {Content(path)}",
    ];

    private static string Content(string path) =>
        Directory.Exists(path) ? ""
        : path.EndsWith(".dat", StringComparison.Ordinal) ? WithSortedFields(string.Join('\n', Records(path)))
        : WithSortedFields(WireText.FromBytes(File.ReadAllBytes(path)));

    private static string WithSortedFields(string text) => RecordPattern().Replace(text, static match =>
        match.Groups[1].Value + string.Join('|', match.Groups[2].Value.Split('|').Order(StringComparer.Ordinal)));

    [GeneratedRegex("(^|\n|Usage: | {7})/usr/sbin/userdb")]
    private static partial Regex ProgramPattern();

    [GeneratedRegex("(\t| -> )([^\n]*)")]
    private static partial Regex RecordPattern();
}
