using Authd.Core;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Files;
using Authd.Modules.Vchkpw;

namespace Authd.Tools.Userdb;

/// <summary>
/// <c>vchkpw2userdb [--vpopmailhome=DIR] [--todir=DIR]</c> converts the accounts of vpopmail's vpasswd files: it prints one text,
/// or writes a file for each domain into a userdb directory.
/// </summary>
public static class Vchkpw2Userdb
{
    private const string Program = "vchkpw2userdb";
    private const int InvalidOptions = 255;
    private const string VpasswdName = "vpasswd";
    private const string DefaultDomain = "default";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A folder with a vpasswd, the name of its text file, and the suffix of its names.</summary>
    private sealed record Source(string Folder, string FileName, string Suffix);

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The options.</param>
    /// <param name="environment">The process.</param>
    /// <returns>Exit code: 0 for success, 255 for invalid options, 1
    /// without vpopmail or if a file cannot be read or written.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        LongOptions? options = LongOptions.Parse(arguments, environment, "vpopmailhome=", "todir=");
        return options is null
            ? InvalidOptions
            : UserdbFailure.Report(Program, environment, () => Convert(options, environment));
    }

    private static int Convert(LongOptions options, ToolEnvironment environment)
    {
        PasswdEntry? user = PasswdFile.Find(Pw2Userdb.SystemPasswd, Pw2Userdb.VpopmailUser);
        string? home = options.Value("vpopmailhome") ?? user?.Home;
        if (home is null || FileOwner.Of(WireText.ToUnicode(home)) is not { } owner)
        {
            environment.Complain(home is null
                ? $"{Program}: no user {Pw2Userdb.VpopmailUser} in {Pw2Userdb.SystemPasswd}: use --vpopmailhome\n"
                : $"{Program}: {home}: not found.\n");
            return 1;
        }

        string ids = user is null ? $"uid={owner.Uid}|gid={owner.Gid}" : $"uid={user.Uid}|gid={user.Gid}";
        HashSet<string> names = [];
        using Progress progress = new(environment, "accounts", TimeProvider.System);
        foreach (Source source in Sources(WireText.ToUnicode(home)))
        {
            string text = string.Concat(
                from entry in new VpasswdFile(source.Folder).All()
                let name = entry.Name + source.Suffix
                where IsNew(names, name, source, environment)
                select $"{name}\t{ids}{Fields(entry)}\n");
            progress.Report(names.Count);
            if (options.Value("todir") is { } directory)
            {
                Write(WireText.ToUnicode(directory), source.FileName, text);
            }
            else
            {
                environment.Print(text);
            }
        }

        return 0;
    }

    /// <summary>The accounts without a domain, then the domains; on large sites these are in folders one level deeper.</summary>
    private static IEnumerable<Source> Sources(string home)
    {
        string users = Path.Combine(home, "users");
        if (IsDomain(users))
        {
            yield return new Source(users, "users", "");
        }

        string[] folders = [.. FoldersOf(Path.Combine(home, "domains"))];
        foreach (string folder in folders.Concat(folders.Where(static folder => !IsDomain(folder)).SelectMany(FoldersOf)))
        {
            if (IsDomain(folder))
            {
                string domain = Path.GetFileName(folder);
                yield return new Source(folder, domain, domain == DefaultDomain ? "" : "@" + WireText.FromUnicode(domain));
            }
        }
    }

    private static IEnumerable<string> FoldersOf(string path) =>
        Directory.Exists(path) ? Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal) : [];

    private static bool IsDomain(string folder) => File.Exists(Path.Combine(folder, VpasswdName));

    /// <summary>Skips repeated names, which would stop makeuserdb: system
    /// users and the default domain often have the same ones.</summary>
    private static bool IsNew(HashSet<string> names, string name, Source source, ToolEnvironment environment)
    {
        bool isNew = names.Add(name);
        if (!isNew)
        {
            string path = WireText.FromUnicode(Path.Combine(source.Folder, VpasswdName));
            environment.Complain($"{Program}: {name} of {path} left out: there is one already\n");
        }

        return isNew;
    }

    private static string Fields(VpasswdEntry entry)
    {
        string keys = entry.ClearPassword is { } password
            ? string.Concat(CramHashes.All.Select(
                hash => UserdbField.Optional($"hmac-{hash.Name()}pw", HmacKey.FromPassword(hash, password))))
            : "";
        return UserdbField.Optional("home", entry.Directory)
            + UserdbField.Optional("quota", entry.Quota ?? "")
            + UserdbField.Optional("systempw", entry.Hash)
            + keys
            + UserdbField.Optional("gecos", entry.Gecos)
            + UserdbField.Optional("options", entry.Flags.ToOptions());
    }

    private static void Write(string directory, string fileName, string text)
    {
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        using ReplacementFile file = ReplacementFile.Write(
            Path.Combine(directory, fileName), Path.Combine(directory, ".tmp." + fileName), OwnerOnly, owner: null,
            [WireText.ToBytes(text)]);
        file.Commit();
        ReplacementFile.SyncDirectory(directory);
    }
}
