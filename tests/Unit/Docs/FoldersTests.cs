// The picture of src/ in ARCHITECTURE.md: it has every folder, and each folder uses only those below it.
using System.Text.RegularExpressions;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public sealed partial class FoldersTests
{
    [Fact]
    public void A_folder_uses_only_what_stands_below_it()
    {
        List<string> picture = Picture();
        List<SourceFile> files = [.. Sources()];
        Dictionary<string, HashSet<string>> declared = files
            .SelectMany(static file => file.Declares.Select(type => (type, file.Folder)))
            .GroupBy(static pair => pair.type, static pair => pair.Folder)
            .ToDictionary(static group => group.Key, static group => group.ToHashSet());

        List<string> wrong =
        [
            .. from file in files
               from type in file.Uses
               where declared.ContainsKey(type)
               from folder in declared[type]
               where folder != file.Folder && file.Sees(folder) && picture.IndexOf(folder) < picture.IndexOf(file.Folder)
               select $"{file.Name} ({file.Folder}) uses {type} of {folder}",
        ];
        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void The_picture_names_each_folder_once()
    {
        List<string> picture = Picture();
        Assert.Equal(picture.Order().Distinct(), Sources().Select(static file => file.Folder).Distinct().Order());
        Assert.Equal(picture.Count, picture.Distinct().Count());
    }

    [Fact]
    public void A_namespace_is_its_folder() =>
        Assert.Empty(Sources().Where(static file => file.Namespace.Length > 0 && file.Namespace != file.Folder)
            .Select(static file => $"{file.Name}: {file.Namespace}"));

    /// <summary>Folders as namespaces, in the order of the picture.</summary>
    private static List<string> Picture()
    {
        List<string> folders = [];
        string project = "";
        bool inSources = false;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "ARCHITECTURE.md")))
        {
            inSources = line == "    src/" || (inSources && line.StartsWith("      ", StringComparison.Ordinal));
            Match entry = Entry().Match(line);
            if (!inSources || !entry.Success)
            {
                continue;
            }

            string name = entry.Groups["name"].Value.TrimEnd('/').Replace('/', '.');
            if (entry.Groups["indent"].Length == 6)
            {
                project = name;
            }
            else
            {
                folders.Add(name == "." ? project : $"{project}.{name}");
            }
        }

        return folders;
    }

    private static IEnumerable<SourceFile> Sources()
    {
        string root = Path.Combine(Repository.Root, "src");
        foreach (string path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetDirectoryName(Path.GetRelativePath(root, path))!.Replace('/', '.');
            if (!folder.Contains(".obj", StringComparison.Ordinal) && !folder.Contains(".bin", StringComparison.Ordinal))
            {
                yield return new SourceFile(Path.GetFileName(path), folder, File.ReadAllText(path));
            }
        }
    }

    [GeneratedRegex("^(?<indent> +)(?<name>(\\./|[A-Z][\\w./]*/))  *\\S")]
    private static partial Regex Entry();

    [GeneratedRegex("^namespace ([\\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("^using ([\\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex("^(?:public|internal) [\\w ]*?(?:class|struct|interface|enum|record(?: struct)?|delegate \\S+) (\\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    // Comments and quoted texts do not count.
    [GeneratedRegex("//.*|\"(?:\\\\.|[^\"\\\\\\n{}])*\"")]
    private static partial Regex NoCode();

    [GeneratedRegex("\\b[A-Z]\\w*")]
    private static partial Regex TypeName();

    private sealed class SourceFile(string name, string folder, string text)
    {
        private readonly HashSet<string> _usings = [.. UsingLine().Matches(text).Select(static match => match.Groups[1].Value)];

        public string Name => name;

        public string Folder => folder;

        public string Namespace { get; } = NamespaceLine().Match(text).Groups[1].Value;

        public HashSet<string> Declares { get; } = [.. Declaration().Matches(text).Select(static match => match.Groups[1].Value)];

        public HashSet<string> Uses { get; } =
            [.. TypeName().Matches(NoCode().Replace(text, "")).Select(static match => match.Value)];

        /// <summary>By a using, or as a folder that this one lies in.</summary>
        public bool Sees(string other) => _usings.Contains(other) || $"{folder}.".StartsWith($"{other}.", StringComparison.Ordinal);
    }
}
