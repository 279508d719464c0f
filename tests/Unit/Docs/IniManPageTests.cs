// packaging/man/authdaemond.ini.5: every key of docs/SETTINGS.md, with its default, and the ranges that the daemon checks.
using System.Text.RegularExpressions;
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public partial class IniManPageTests
{
    /// <summary>Keys whose default depends on the machine.</summary>
    private static readonly string[] OfTheMachine = ["[workers] blocking", "[workers] hashing", "[vchkpw] home"];

    [Fact]
    public void The_manual_page_has_every_key_with_its_default()
    {
        Dictionary<string, string> settings = Settings();
        Dictionary<string, Entry> page = Page();
        Assert.Equal(settings.Keys.Order(), page.Keys.Order());
        Assert.Equal(
            settings.Where(static pair => pair.Value.Length > 0 && !OfTheMachine.Contains(pair.Key)).ToDictionary(),
            page.Where(static pair => pair.Value.Default.Length > 0).ToDictionary(static pair => pair.Key, static pair => pair.Value.Default));
    }

    [Fact]
    public void The_manual_page_has_the_ranges_that_are_checked()
    {
        Dictionary<string, string> ranges = Page().Where(static pair => pair.Value.Range.Length > 0)
            .ToDictionary(static pair => pair.Key, static pair => pair.Value.Range);
        using ScratchDirectory scratch = new();
        File.WriteAllText(scratch["authdaemonrc"], "authmodulelist=authuserdb\n");
        File.WriteAllLines(scratch["authdaemond.ini"], ranges.Keys
            .Select(static key => key.Split(' '))
            .GroupBy(static words => words[0])
            .SelectMany(static section => (string[])[section.Key, .. section.Select(static words => $"{words[1]} = x")]));

        ConfigurationException refused = Assert.Throws<ConfigurationException>(
            () => LoadedConfiguration.Load(new ConfigLocation(scratch.Path, scratch.Path)));
        Assert.Equal(
            ranges.Select(static pair => $"{pair.Key} must be a number from {pair.Value}, not 'x'").Order(),
            refused.Problems.Select(static problem => problem[problem.IndexOf('[', StringComparison.Ordinal)..]).Order());
    }

    /// <summary>The keys of the ini blocks in docs/SETTINGS.md as <c>[section] key</c>, with the values shown there; empty:
    /// commented out.</summary>
    private static Dictionary<string, string> Settings()
    {
        Dictionary<string, string> settings = [];
        string section = "";
        bool inside = false;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "docs", "SETTINGS.md")))
        {
            inside = line.StartsWith("```", StringComparison.Ordinal) ? line == "```ini" : inside;
            if (inside && line.StartsWith('['))
            {
                section = line;
            }
            else if (inside && SettingsKey().Match(line) is { Success: true } key)
            {
                bool commentedOut = key.Groups["comment"].Length > 0;
                settings.Add($"{section} {key.Groups["key"].Value}", commentedOut ? "" : key.Groups["value"].Value);
            }
        }

        return settings;
    }

    private static Dictionary<string, Entry> Page()
    {
        Dictionary<string, Entry> page = [];
        string section = "";
        string current = "";
        string text = File.ReadAllText(Path.Combine(Repository.Root, "packaging", "man", "authdaemond.ini.5"))
            .Replace("\\\n", "", StringComparison.Ordinal);
        foreach (string block in text.Split("\n.", StringSplitOptions.None))
        {
            if (block.StartsWith('S'))
            {
                (section, current) = (block.StartsWith("Ss [", StringComparison.Ordinal) ? block[3..].Split('\n')[0] : "", "");
            }
            else if (section.Length > 0 && PageKey().Match(block) is { Success: true } key)
            {
                current = $"{section} {key.Groups["key"].Value}";
                page.Add(current, new Entry(key.Groups["value"].Value, ""));
            }

            if (current.Length > 0 && Range().Match(block.Replace('\n', ' ')) is { Success: true } range)
            {
                page[current] = page[current] with { Range = range.Groups[1].Value };
            }
        }

        return page;
    }

    [GeneratedRegex("^(?<comment>; )?(?<key>[a-z-]+) = (?<value>.*)$")]
    private static partial Regex SettingsKey();

    [GeneratedRegex("^It Va (?<key>[a-z-]+)(?: No = (?<value>.*))?")]
    private static partial Regex PageKey();

    // "(1 to 9)", and no "(1 to 16 numbers from 0 to 20)".
    [GeneratedRegex("\\(([0-9]+ to [0-9]+)[,)]")]
    private static partial Regex Range();

    /// <summary>The page's entry for a key; empty: no such text.</summary>
    private sealed record Entry(string Default, string Range);
}
