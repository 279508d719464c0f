using Authd.Core;

namespace Authd.Tools.Userdb;

/// <summary>Reads passwd(5) and shadow(5): one entry a line, fields separated by ':'. Text is wire text.</summary>
internal static class PasswdFile
{
    /// <summary>The fields of each line that has a name and is neither empty nor a comment.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal static IEnumerable<PasswdEntry> Read(string path) =>
        from line in WireText.FromBytes(File.ReadAllBytes(path)).Split('\n')
        where line.Length > 0 && line[0] is not ('#' or ':')
        select new PasswdEntry(line.Split(':'));

    /// <summary>The first entry called <paramref name="name"/>, or <c>null</c>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static PasswdEntry? Find(string path, string name) => Read(path).FirstOrDefault(entry => entry.Name == name);
}

/// <summary>One line; missing fields are empty.</summary>
/// <param name="fields">The texts between its colons.</param>
internal sealed class PasswdEntry(string[] fields)
{
    internal string Name => Field(0);

    internal string Hash => Field(1);

    internal string Uid => Field(2);

    internal string Gid => Field(3);

    internal string Gecos => Field(4);

    internal string Home => Field(5);

    internal string Shell => Field(6);

    private string Field(int number) => fields.ElementAtOrDefault(number) ?? "";
}
