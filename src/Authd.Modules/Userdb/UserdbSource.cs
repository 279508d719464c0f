// Reads the text that the databases are made from: a file, or a directory of files.
using Authd.Core;
using Authd.Linux.Files;

namespace Authd.Modules.Userdb;

/// <summary>One text file.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Source">Its place as recorded in the database: empty, or the path below the directory and <c>/</c>.</param>
/// <param name="Text">Its bytes.</param>
public sealed record UserdbFile(string Path, string Source, byte[] Text);

/// <summary>Reads a userdb's text with makeuserdb's checks.</summary>
public static class UserdbSource
{
    private const int NotFound = 2;
    private const int Refused = 255;

    private const UnixFileMode OthersMayAnything =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Endings of the backups that editors and package managers leave beside a file.</summary>
    private static readonly string[] BackupEndings = ["~", ".rpmsave", ".rpmnew", ".rpmorig"];

    /// <summary>All files, in the order of their names.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="warn">Receives the name of each file that is skipped because it is a backup.</param>
    /// <exception cref="UserdbException">As for <see cref="Check"/>.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static List<UserdbFile> Read(string path, Action<string> warn)
    {
        Check(path);
        List<UserdbFile> files = [];
        try
        {
            Collect(path, source: "", files, warn);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(FileTrouble.Text(e), e);
        }

        return files;
    }

    /// <summary>Refuses a text that is missing or readable by others.</summary>
    /// <exception cref="UserdbException">The reason of the refusal.</exception>
    public static void Check(string path)
    {
        if (FileOwner.Of(path) is not { } owner)
        {
            throw new UserdbException($"{path}: not found.", NotFound);
        }

        if ((owner.Mode & OthersMayAnything) != 0)
        {
            throw new UserdbException($"{path}: MAY NOT HAVE GROUP OR WORLD PERMISSIONS!!", Refused);
        }
    }

    /// <summary>Refuses paths that are symbolic links: the link would be replaced, not its target.</summary>
    /// <param name="program">The name of the refusing program.</param>
    /// <param name="paths">The paths.</param>
    /// <exception cref="UserdbException">One of them is a symbolic link.</exception>
    public static void RefuseLinks(string program, params string[] paths)
    {
        foreach (string path in paths.Where(static path => path.Length > 0 && new FileInfo(path).LinkTarget is not null))
        {
            throw new UserdbException($"ERROR: Wrong {program} command.\n       ({path} is a symbolic link)", Refused);
        }
    }

    private static void Collect(string path, string source, List<UserdbFile> files, Action<string> warn)
    {
        if (!Directory.Exists(path))
        {
            files.Add(new UserdbFile(path, source, TrustedFiles.ReadAll(path) ?? throw new FileNotFoundException($"Could not find file '{path}'.")));
            return;
        }

        foreach (string entry in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(entry);
            if (name.StartsWith('.'))
            {
                continue;
            }

            if (IsBackup(name))
            {
                warn($"{entry}: a backup, left out");
                continue;
            }

            Collect(entry, $"{source}{WireText.FromUnicode(name)}/", files, warn);
        }
    }

    private static bool IsBackup(string name) =>
        BackupEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))
        || name.Contains(".dpkg-", StringComparison.Ordinal);
}
