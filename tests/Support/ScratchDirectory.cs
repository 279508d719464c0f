namespace Authd.Tests.Support;

/// <summary>A test's own directory below the system's temporary one, removed
/// with the test; its name is short, as socket paths must be.</summary>
public sealed class ScratchDirectory : IDisposable
{
    /// <summary>Makes the directory.</summary>
    public ScratchDirectory()
    {
        Path = Directory.CreateTempSubdirectory("authd-").FullName;
        // Daemons of other users (PostgreSQL) must be able to enter.
        File.SetUnixFileMode(Path, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>Absolute path, without a final slash.</summary>
    public string Path { get; }

    /// <summary>The path of <paramref name="name"/> in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
