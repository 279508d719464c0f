using System.Diagnostics;
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>A test's own configuration directory with <c>userdb</c>, and <c>userdb.dat</c> and <c>userdbshadow.dat</c> from the
/// real makeuserdb; removed when disposed.</summary>
public sealed class UserdbFiles : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("userdb-");

    /// <summary>The configuration directory.</summary>
    public string ConfigDirectory => _directory.FullName;

    /// <summary>The main database.</summary>
    public string Database => Path.Combine(ConfigDirectory, "userdb.dat");

    /// <summary>The database of passwords.</summary>
    public string Shadow => Path.Combine(ConfigDirectory, "userdbshadow.dat");

    private string Source => Path.Combine(ConfigDirectory, "userdb");

    /// <summary>Makes both databases of one text file.</summary>
    /// <param name="text">The file's bytes, one char a byte.</param>
    public void Make(string text)
    {
        WritePrivately(Source, text);
        RunMakeuserdb();
    }

    /// <summary>Makes both databases of a directory of text files.</summary>
    /// <param name="files">Path below <c>userdb</c>, and content.</param>
    public void MakeFromDirectory(params (string Path, string Text)[] files)
    {
        foreach ((string path, string text) in files)
        {
            string whole = Path.Combine(Source, path);
            Directory.CreateDirectory(Path.GetDirectoryName(whole)!, OwnerOnly | UnixFileMode.UserExecute);
            WritePrivately(whole, text);
        }

        RunMakeuserdb();
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>makeuserdb refuses a file that group or others may read.</summary>
    private static void WritePrivately(string path, string text)
    {
        File.WriteAllBytes(path, WireText.ToBytes(text));
        File.SetUnixFileMode(path, OwnerOnly);
    }

    private void RunMakeuserdb()
    {
        using Process process = Process.Start("/usr/sbin/makeuserdb", ["-f", Source]);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"makeuserdb ended with {process.ExitCode}");
        }
    }
}
