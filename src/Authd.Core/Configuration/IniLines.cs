// The line of each setting in authdaemond.ini, which Microsoft's Ini provider does not report. The provider also stops at the
// first mistake.
namespace Authd.Core.Configuration;

/// <summary>The lines of an ini file, by the provider's rules.</summary>
internal static class IniLines
{
    /// <summary>The line of each key, as <c>section:key</c>.</summary>
    /// <exception cref="ConfigurationException">Lines are neither comment, section nor setting, or set a key again.</exception>
    public static Dictionary<string, int> Read(string fileName, string text)
    {
        Dictionary<string, int> lines = new(StringComparer.OrdinalIgnoreCase);
        List<string> problems = [];
        string section = "";
        string[] all = text.TrimStart('\uFEFF').Split('\n');
        for (int i = 0; i < all.Length; i++)
        {
            string line = all[i].Trim();
            if (line.Length == 0 || line[0] is ';' or '#' or '/')
            {
                continue;
            }

            if (line[0] == '[' && line[^1] == ']')
            {
                section = line[1..^1].Trim() + ":";
                continue;
            }

            int equals = line.IndexOf('=');
            if (equals <= 0)
            {
                problems.Add($"{fileName}:{i + 1}: neither '[section]' nor 'key = value' nor a comment: '{Start(line)}'");
            }
            else if (!lines.TryAdd(section + line[..equals].Trim(), i + 1))
            {
                string key = line[..equals].Trim();
                problems.Add($"{fileName}:{i + 1}: [{section.TrimEnd(':')}] {key} is set for the second time, first in line "
                    + $"{lines[section + key]}; remove one of the two");
            }
        }

        return problems.Count == 0 ? lines : throw new ConfigurationException(problems);
    }

    private static string Start(string line) => line.Length <= 40 ? line : line[..40] + "...";
}
