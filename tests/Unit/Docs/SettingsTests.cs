// docs/SETTINGS.md: the daemon accepts its authdaemond.ini, and knows every key in it.
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public class SettingsTests
{
    [Fact]
    public void Every_key_of_the_page_is_a_setting()
    {
        using ScratchDirectory scratch = new();
        File.WriteAllText(scratch["authdaemonrc"], "authmodulelist=authuserdb\n");
        File.WriteAllText(scratch["authdaemond.ini"], Page());
        LoadedConfiguration configuration = LoadedConfiguration.Load(new ConfigLocation(scratch.Path, scratch.Path));
        Assert.Empty(configuration.Warnings);
    }

    /// <summary>The page's ini blocks, with the keys that are commented out because they have no default.</summary>
    private static string Page()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "SETTINGS.md"));
        List<string> ini = [];
        bool inside = false;
        foreach (string line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = line == "```ini";
            }
            else if (inside)
            {
                bool commentedOut = line.StartsWith("; ", StringComparison.Ordinal)
                    && line.IndexOf(" = ", StringComparison.Ordinal) is var equals and > 0 && !line[2..equals].Contains(' ', StringComparison.Ordinal);
                ini.Add(commentedOut ? line[2..] : line);
            }
        }

        Assert.NotEmpty(ini);
        return string.Join('\n', ini);
    }
}
