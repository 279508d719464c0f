// A directory of a test's own, gone when the test is.
namespace Authd.Tests.Support;

/// <summary>A fresh directory under the system's temporary one; its name is short, as socket paths must be.</summary>
public sealed class ScratchDirectory : IDisposable
{
    /// <summary>Makes the directory.</summary>
    public ScratchDirectory()
    {
        Path = Directory.CreateTempSubdirectory("authd-").FullName;
        // Daemons of another user (PostgreSQL) must be able to pass through.
        File.SetUnixFileMode(Path, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>Absolute path, without a final slash.</summary>
    public string Path { get; }

    /// <summary>The path of <paramref name="name"/> inside.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
