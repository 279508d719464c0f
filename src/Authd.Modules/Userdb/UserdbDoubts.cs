namespace Authd.Modules.Userdb;

/// <summary>Warns about userdb's text and the databases made from it, before users cannot log in.</summary>
internal static class UserdbDoubts
{
    /// <summary>One text for each warning, with the file that it concerns.</summary>
    /// <param name="path">The text: a file or a directory of files.</param>
    internal static IEnumerable<string> Of(string path)
    {
        UserdbDatabaseFiles files = new(path);
        if (!File.Exists(files.Database))
        {
            yield return File.Exists(path) || Directory.Exists(path)
                ? $"{files.Database}: not there, so that authuserdb finds nobody; run makeuserdb"
                : $"{files.Database}: not there, so that authuserdb finds nobody; make accounts with userdb(8), then run makeuserdb";
            yield break;
        }

        if (NewestText(path) is { } text && text.Changed > File.GetLastWriteTimeUtc(files.Database))
        {
            yield return $"{text.Path}: newer than {files.Database}; run makeuserdb so that its changes count";
        }

        if (File.Exists(files.Shadow) && (File.GetUnixFileMode(files.Shadow) & UnixFileMode.OtherRead) != 0)
        {
            yield return $"{files.Shadow}: everybody can read the passwords in it; chmod 600 {files.Shadow}";
        }
    }

    private static (string Path, DateTime Changed)? NewestText(string path)
    {
        IEnumerable<string> texts = File.Exists(path) ? [path] : Directory.Exists(path) ? Directory.EnumerateFiles(path) : [];
        return texts.Select(static text => ((string, DateTime)?)(text, File.GetLastWriteTimeUtc(text)))
            .MaxBy(static text => text!.Value.Item2);
    }
}
