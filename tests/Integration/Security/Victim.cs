using Authd.Linux.Files;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

/// <summary>A root-owned file, unreadable for others, that an attacker would like to have read, written or given away.</summary>
internal sealed class Victim : IDisposable
{
    /// <summary>Its content: an entry that passes for one of vpasswd.</summary>
    internal const string Text = "root:$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/:1:0:secret:/root:NOQUOTA\n";

    private readonly ScratchDirectory _scratch = new();

    internal Victim()
    {
        File.WriteAllText(Path, Text);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The file.</summary>
    internal string Path => _scratch["victim"];

    /// <summary>The path of a file that does not exist, in a root-owned directory.</summary>
    internal string Missing => _scratch["missing"];

    /// <summary>Asserts that the file is unchanged and no other was created.</summary>
    internal void AssertUntouched()
    {
        Assert.Equal(Text, File.ReadAllText(Path));
        Assert.Equal(new FileOwner(0, 0, UnixFileMode.UserRead | UnixFileMode.UserWrite), FileOwner.Of(Path));
        Assert.Equal([Path], Directory.GetFileSystemEntries(_scratch.Path));
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
