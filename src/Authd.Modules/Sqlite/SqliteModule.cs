// authsqlite: accounts in an SQLite database, described by authsqliterc.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules.Sql;

namespace Authd.Modules.Sqlite;

/// <summary>Makes the module authsqlite.</summary>
public static class SqliteModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authsqlite";

    private static readonly SqlKeys Keys = new(
        "SQLITE_",
        "DEFAULTDELIVERY",
        ["DATABASE"],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SQLITE_DEFAULT_DOMAIN"] = "the name is DEFAULT_DOMAIN",
            ["SQLITE_AUXOPTIONS"] = "the name is SQLITE_AUXOPTIONS_FIELD",
        });

    private static readonly SqlRowRules Rules = new()
    {
        KeepsEmptyPasswords = true,
        ListsHomeless = true,
        ListsNameless = true,
        TellsNoRow = false,
    };

    /// <summary>The module; authsqliterc is read at the first request.</summary>
    public static IAuthModule Create(ModuleServices services) =>
        new SqlModule(Name, services.RcPath("authsqliterc"), services, Rules, file => Load(file, services));

    private static SqlSetup Load(RcFile file, ModuleServices services)
    {
        SqliteSettings settings = SqliteSettings.Read(services.Ini, file.Require("SQLITE_DATABASE"));
        SqlStatements statements = SqlStatements.Make(file, Keys, new SqliteDialect());
        Keys.WarnUnread(file, services.Log);
        return new SqlSetup(statements, new SqlDatabase(new SqliteEngine(settings, services.Log), settings.Pool, services.Log));
    }
}
