// makeuserdb: makes userdb.dat and userdbshadow.dat of userdb.
using Authd.Core;
using Authd.Interop;
using Authd.Modules.Userdb;

namespace Authd.Tools.Userdb;

/// <summary><c>makeuserdb [-f file]</c>, with courier-authlib's messages and exit codes.</summary>
public static class MakeUserdb
{
    /// <summary>Runs the command.</summary>
    /// <param name="arguments">Others than <c>-f</c> are ignored, as by the C tool.</param>
    /// <param name="environment">The process.</param>
    /// <param name="configDirectory">Where userdb is.</param>
    /// <returns>Exit code: 0 made, 2 no userdb, 255 refused, 1 anything else; then the old databases are as they were.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment, string configDirectory)
    {
        string path = arguments is ["-f", ..]
            ? WireText.ToUnicode(arguments.ElementAtOrDefault(1) ?? "").TrimEnd('/')
            : Path.Combine(configDirectory, "userdb");
        return UserdbFailure.Report("makeuserdb", environment, () => Make(path, environment));
    }

    private static int Make(string path, ToolEnvironment environment)
    {
        UserdbDatabaseFiles databases = new(path);
        databases.Check();
        using FileLock held = databases.Lock();
        databases.Replace(UserdbSource.Read(
            path, warning => environment.Complain(WireText.FromUnicode($"makeuserdb: {warning}\n"))));
        return 0;
    }
}
