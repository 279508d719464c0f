using System.Text.RegularExpressions;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>Finds out why libpam cannot use a stack. libpam logs the reason to syslog, but returns only "Module is unknown" or
/// "Critical error". For the log alone, this reads the files of a service as pam.conf(5) describes them.</summary>
public static partial class PamFiles
{
    private const int DeepestInclude = 16;

    /// <summary>The faults of the stack, with file and line; empty: none visible from here.</summary>
    /// <param name="service">The service.</param>
    /// <param name="directories">The directories of stacks; the first one with the file counts.</param>
    /// <param name="loaded">File names of the modules that libpam has loaded, such as <c>pam_unix.so</c>.</param>
    public static string Faults(string service, IReadOnlyList<string> directories, IReadOnlyCollection<string> loaded)
    {
        List<string> faults = [];
        string? path = service.Contains('/') ? null : Find(service.ToLowerInvariant(), directories) ?? Find("other", directories);
        if (path is null)
        {
            return $"there is neither {directories[0]}/{service} nor {directories[0]}/other";
        }

        Read(path, directories, loaded, faults, depth: 0);
        return string.Join("; ", faults.Distinct());
    }

    private static string? Find(string name, IReadOnlyList<string> directories) =>
        name.StartsWith('/') ? (File.Exists(name) ? name : null)
        : directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static void Read(
        string path, IReadOnlyList<string> directories, IReadOnlyCollection<string> loaded, List<string> faults, int depth)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string text = line.Split('#')[0].Trim();
            if (text.Length == 0 || text.StartsWith('-'))
            {
                continue; // A line that begins with "-" may lack its module.
            }

            Match include = IncludePattern().Match(text);
            string place = $"{path}:{number}";
            if (include.Success)
            {
                string name = include.Groups["file"].Value;
                if (Find(name, directories) is not { } file)
                {
                    faults.Add($"{place}: includes {name}, which is not there");
                }
                else if (depth < DeepestInclude)
                {
                    Read(file, directories, loaded, faults, depth + 1);
                }
            }
            else if (ModulePattern().Match(text) is not { Success: true } module)
            {
                faults.Add($"{place}: this is no line of a PAM stack");
            }
            else if (!loaded.Contains(Path.GetFileName(module.Groups["module"].Value)))
            {
                faults.Add($"{place}: the module {module.Groups["module"].Value} cannot be loaded; is its package installed?");
            }
        }
    }

    [GeneratedRegex(@"^(@include|(auth|account|password|session)\s+(include|substack))\s+(?<file>\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex IncludePattern();

    [GeneratedRegex(@"^(auth|account|password|session)\s+(\w+|\[[^\]]*\])\s+(?<module>\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex ModulePattern();
}
