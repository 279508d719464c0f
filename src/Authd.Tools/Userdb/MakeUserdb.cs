using Authd.Core;
using Authd.Linux.Files;
using Authd.Modules.Userdb;

namespace Authd.Tools.Userdb;

/// <summary><c>makeuserdb [-f file] [-n] [-v]</c> makes userdb.dat and userdbshadow.dat from userdb, with courier-authlib's
/// messages and exit codes.</summary>
public static class MakeUserdb
{
    /// <summary>The number of doubtful lines that are named; further ones are only counted.</summary>
    private const int MostNamed = 100;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments"><c>-f</c>, <c>-n</c> (only check) and <c>-v</c> or <c>--verbose</c> (report the work, as on a
    /// terminal). Others are ignored, as by the C tool.</param>
    /// <param name="environment">The process.</param>
    /// <param name="configDirectory">The directory of userdb.</param>
    /// <returns>Exit code: 0 for success; 2 without a userdb, 255 if it is refused, 1 for any other failure, after which the old
    /// databases are unchanged.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment, string configDirectory)
    {
        string[] options = [.. arguments.TakeWhile(static argument => argument is "-n" or "-v" or "--verbose")];
        string[] rest = arguments[options.Length..];
        if (rest is ["-f", ..])
        {
            options = [.. options, .. rest.Skip(2)];
        }

        string path = rest is ["-f", ..]
            ? WireText.ToUnicode(rest.ElementAtOrDefault(1) ?? "").TrimEnd('/')
            : Path.Combine(configDirectory, "userdb");
        bool checksOnly = options.Contains("-n");
        bool isVerbose = checksOnly || environment.ErrorIsTerminal || options.Contains("-v") || options.Contains("--verbose");
        return UserdbFailure.Report("makeuserdb", environment, () => Make(path, environment, checksOnly, isVerbose));
    }

    private static int Make(string path, ToolEnvironment environment, bool checksOnly, bool isVerbose)
    {
        UserdbDatabaseFiles databases = new(path);
        databases.Check();
        using FileLock? held = checksOnly ? null : databases.Lock();
        List<UserdbFile> files = UserdbSource.Read(path, warning => Say(environment, warning));
        if (checksOnly)
        {
            UserdbDatabaseFiles.CheckRecords(files);
        }
        else
        {
            using Progress progress = new(environment, "lines", TimeProvider.System);
            databases.Replace(files, progress: (done, total) => progress.Report(done, total));
        }

        return isVerbose && Inspect(files, environment) > 0 && checksOnly ? 1 : 0;
    }

    /// <summary>Names the unusable lines, and counts them.</summary>
    private static long Inspect(List<UserdbFile> files, ToolEnvironment environment)
    {
        int named = 0;
        UserdbInspection found = new(files, doubt =>
        {
            if (++named <= MostNamed)
            {
                Say(environment, doubt);
            }
        });
        string others = named > MostNamed ? $" (the first {MostNamed} are named above)" : "";
        string lines = found.Doubtful switch { 0 => "", 1 => ", 1 line that is no use", _ => $", {found.Doubtful} lines that are no use{others}" };
        Say(environment, $"{found.Accounts} {(found.Accounts == 1 ? "account" : "accounts")}{lines}");
        return found.Doubtful;
    }

    private static void Say(ToolEnvironment environment, string text) =>
        environment.Complain(WireText.FromUnicode($"makeuserdb: {text}\n"));
}
