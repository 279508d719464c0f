using Authd.Core;

namespace Authd.Tools.Userdb;

/// <summary><c>pw2userdb</c> converts passwd and shadow: it prints a userdb
/// text on standard output, in the order of the passwd file.</summary>
public static class Pw2Userdb
{
    /// <summary>The system's accounts.</summary>
    internal const string SystemPasswd = "/etc/passwd";

    /// <summary>The owner of vpopmail's files.</summary>
    internal const string VpopmailUser = "vpopmail";

    private const int InvalidOptions = 255;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments"><c>--passwd=FILE --shadow=FILE --noshadow --nouid --domain=NAME --vpopuid</c>.</param>
    /// <param name="environment">The process.</param>
    /// <returns>Exit code: 0 for success, 255 for invalid options, 1 if a file cannot be read.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        LongOptions? options = LongOptions.Parse(
            arguments, environment, "passwd=", "shadow=", "noshadow", "nouid", "domain=", "vpopuid");
        return options is null
            ? InvalidOptions
            : UserdbFailure.Report("pw2userdb", environment, () => Convert(options, environment));
    }

    private static int Convert(LongOptions options, ToolEnvironment environment)
    {
        PasswdEntry? owner = null;
        if (options.Has("vpopuid"))
        {
            owner = PasswdFile.Find(SystemPasswd, VpopmailUser);
            if (owner is null)
            {
                environment.Complain($"pw2userdb: no user {VpopmailUser} in {SystemPasswd}\n");
                return 1;
            }
        }

        Dictionary<string, string> shadow = ReadShadow(options);
        HashSet<string> uids = [];
        HashSet<string> names = [];
        string domain = options.Value("domain") is { } given ? "@" + given : "";
        using BufferedStream output = new(environment.Output);
        foreach (PasswdEntry entry in PasswdFile.Read(PathOf(options, "passwd", SystemPasswd)))
        {
            string name = entry.Name + domain;
            string uid = (owner ?? entry).Uid;
            if (!names.Add(name) || !IsNumber(uid))
            {
                continue;
            }

            string hash = shadow.GetValueOrDefault(entry.Name, entry.Hash is "x" ? "" : entry.Hash);
            string record = $"uid={uid}|gid={(owner ?? entry).Gid}|home={entry.Home.Replace('|', '.')}"
                + UserdbField.Optional("shell", entry.Shell)
                + UserdbField.Optional("systempw", hash)
                + UserdbField.Optional("gecos", entry.Gecos);
            output.Write(WireText.ToBytes($"{name}\t{record}\n"));

            // makeuserdb accepts each name once: the first account of a uid is the one that is found by it.
            if (!options.Has("nouid") && uids.Add(uid))
            {
                output.Write(WireText.ToBytes($"{uid}=\t{name}\n"));
            }
        }

        return 0;
    }

    /// <summary>Hashes by name; without a shadow file, those of the passwd file count.</summary>
    private static Dictionary<string, string> ReadShadow(LongOptions options)
    {
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        string path = PathOf(options, "shadow", "/etc/shadow");
        if (!options.Has("noshadow") && File.Exists(path))
        {
            foreach (PasswdEntry entry in PasswdFile.Read(path))
            {
                hashes.TryAdd(entry.Name, entry.Hash);
            }
        }

        return hashes;
    }

    private static string PathOf(LongOptions options, string name, string otherwise) =>
        options.Value(name) is { } given ? WireText.ToUnicode(given) : otherwise;

    /// <summary>Lines of NIS and the like have no number.</summary>
    private static bool IsNumber(string uid) => uid.Length > 0 && !uid.AsSpan().ContainsAnyExceptInRange('0', '9');
}
