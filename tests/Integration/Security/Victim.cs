// A file that an attacker would like to have read, written or given away.
using Authd.Interop;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

/// <summary>A file of root's that nobody else may read.</summary>
internal sealed class Victim : IDisposable
{
    /// <summary>What it holds: an entry that passes for one of vpasswd.</summary>
    internal const string Text = "root:$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/:1:0:secret:/root:NOQUOTA\n";

    private readonly ScratchDirectory _scratch = new();

    internal Victim()
    {
        File.WriteAllText(Path, Text);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The file.</summary>
    internal string Path => _scratch["victim"];

    /// <summary>A file that is not there, in a directory of root's.</summary>
    internal string Missing => _scratch["missing"];

    /// <summary>It is as it was made, and nothing else was made.</summary>
    internal void AssertUntouched()
    {
        Assert.Equal(Text, File.ReadAllText(Path));
        Assert.Equal(new FileOwner(0, 0, UnixFileMode.UserRead | UnixFileMode.UserWrite), FileOwner.Of(Path));
        Assert.Equal([Path], Directory.GetFileSystemEntries(_scratch.Path));
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
