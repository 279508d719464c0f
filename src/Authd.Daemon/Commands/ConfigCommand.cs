using System.Globalization;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Linux.Files;

namespace Authd.Daemon.Commands;

/// <summary>authdaemond config: prints every key of the configuration
/// in force with its value and origin; secrets are masked.</summary>
public static class ConfigCommand
{
    private const string Masked = "(secret)";
    private static readonly string[] SecretWords = ["PASSWORD", "PASSWD", "BINDPW", "SECRET"];

    /// <summary>Parts of names that sound secret, but are columns, attributes or file names.</summary>
    private static readonly string[] NoSecretWords = ["_FIELD", "_CLAUSE", "CRYPTPW", "CLEARPW"];

    /// <summary>The daemon's own keys of authdaemonrc, with their defaults.</summary>
    private static readonly (string Name, string Default)[] DaemonKeys =
        [("authmodulelist", ""), ("daemons", "1"), ("authdaemonvar", ""), ("DEBUG_LOGIN", "0"), ("DEFAULTOPTIONS", ""), ("LOGGEROPTS", "")];

    /// <summary><c>config [-n]</c>.</summary>
    /// <param name="location">The configuration.</param>
    /// <param name="arguments">With <c>-n</c>, only values that differ from the default.</param>
    /// <param name="output">Takes the lines.</param>
    /// <param name="errors">Takes the reason of a failure.</param>
    public static int Run(ConfigLocation location, string[] arguments, TextWriter output, TextWriter errors)
    {
        if (arguments is not ([] or ["-n"]))
        {
            errors.WriteLine("Usage: authdaemond config [-n]");
            return 1;
        }

        try
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            foreach (string line in Lines(configuration, onlyChanges: arguments.Length > 0))
            {
                output.WriteLine(line);
            }

            return 0;
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"authdaemond: {FileTrouble.Text(e)}");
            return 1;
        }
    }

    /// <summary>The lines, file by file.</summary>
    internal static IEnumerable<string> Lines(LoadedConfiguration configuration, bool onlyChanges) =>
    [
        .. OfAuthdaemonrc(configuration, onlyChanges),
        .. OfIni(configuration, onlyChanges),
        .. configuration.Settings.ModuleNames.Distinct().SelectMany(name => OfModule(configuration.Location, name)),
    ];

    private static IEnumerable<string> OfAuthdaemonrc(LoadedConfiguration configuration, bool onlyChanges)
    {
        string path = configuration.Location.AuthdaemonrcPath;
        yield return $"# {path}";
        foreach ((string name, string usual) in DaemonKeys)
        {
            if (configuration.Rc.Variables.TryGetValue(name, out string? value))
            {
                yield return Line(name, "=", value, At(path, configuration.Lines[name]));
            }
            else if (WireEnvironmentValue(name) is { } inherited)
            {
                yield return Line(name, "=", inherited, "environment");
            }
            else if (!onlyChanges)
            {
                string understood = name == "authdaemonvar" ? configuration.StateDirectory : usual;
                yield return Line(name, "=", understood, "default");
            }
        }

        foreach ((string name, string value) in configuration.Rc.Variables.OrderBy(pair => configuration.Lines[pair.Key]))
        {
            if (!Array.Exists(DaemonKeys, key => key.Name == name))
            {
                yield return Line(name, "=", value, At(path, configuration.Lines[name]));
            }
        }
    }

    private static IEnumerable<string> OfIni(LoadedConfiguration configuration, bool onlyChanges)
    {
        string path = configuration.Location.IniPath;
        AskedKey[] asked = [.. configuration.Ini.Asked];
        yield return $"# {path}";
        foreach (IGrouping<string, AskedKey> section in asked.GroupBy(static key => key.Section))
        {
            string[] shown =
            [
                .. from key in section
                    let value = configuration.Ini.Text(key.Section, key.Key)
                    where value is not null || (key.Usual is not null && !onlyChanges)
                    select Line(
                        key.Key,
                        " = ",
                        value is null ? key.Usual! : WireText.FromUnicode(value),
                        value is null ? "default" : At(path, configuration.Ini.LineOf(key.Section, key.Key))),
            ];
            foreach (string line in shown.Length == 0 ? shown : [$"[{section.Key}]", .. shown])
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<string> OfModule(ConfigLocation location, string name)
    {
        string path = Path.Combine(location.Directory, name + "rc");
        if (!File.Exists(path))
        {
            yield break;
        }

        yield return $"# {path}";
        RcFile? file = TryRead(path, out string problem);
        if (file is null)
        {
            yield return $"# cannot be read: {problem}";
            yield break;
        }

        foreach ((string key, int line) in file.Places)
        {
            yield return Line(key, " ", file.Find(key)!, At(path, line));
        }
    }

    private static RcFile? TryRead(string path, out string problem)
    {
        try
        {
            problem = "";
            return RcFile.Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = FileTrouble.Text(e);
            return null;
        }
    }

    private static string? WireEnvironmentValue(string name) => Linux.Processes.WireEnvironment.Own.GetValueOrDefault(name);

    private static string Line(string name, string sign, string value, string origin) =>
        Core.Logging.Log.Clean($"{name}{sign}{Mask(name, value)}") + $"    # {origin}";

    private static string At(string path, int line) => string.Create(CultureInfo.InvariantCulture, $"{path}:{line}");

    /// <summary>The value without secrets.</summary>
    internal static string Mask(string name, string value)
    {
        if (value.Length > 0 && Array.Exists(SecretWords, word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
            && !Array.Exists(NoSecretWords, word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            return Masked;
        }

        // A conninfo, or a URI with user and password.
        int at = value.IndexOf("password", StringComparison.OrdinalIgnoreCase);
        int equals = at < 0 ? -1 : value.IndexOf('=', at);
        if (name.EndsWith("_CONNECTION", StringComparison.Ordinal) && equals > 0)
        {
            int start = equals + 1;
            while (start < value.Length && value[start] == ' ')
            {
                start++;
            }

            bool quoted = start < value.Length && value[start] == '\'';
            int end = start + (quoted ? 1 : 0);
            while (end < value.Length && (quoted ? value[end] != '\'' : value[end] is not (' ' or '&')))
            {
                end += value[end] == '\\' ? 2 : 1;
            }

            return value[..start] + Masked + (Math.Min(end + (quoted ? 1 : 0), value.Length) is var rest ? value[rest..] : "");
        }

        int scheme = value.IndexOf("://", StringComparison.Ordinal);
        int host = scheme < 0 ? -1 : value.IndexOf('@', scheme);
        int colon = host < 0 ? -1 : value.IndexOf(':', scheme + 3, host - scheme - 3);
        return colon < 0 ? value : value[..(colon + 1)] + Masked + value[host..];
    }
}
