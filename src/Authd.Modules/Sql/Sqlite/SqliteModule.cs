using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Linux.Libraries;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>Creates the module authsqlite: accounts in an SQLite database, described by authsqliterc.</summary>
public static class SqliteModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authsqlite";

    private static readonly SqlKeys Keys = new(
        "SQLITE_",
        "DEFAULTDELIVERY",
        ["DATABASE"],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SQLITE_FILE"] = "the name is SQLITE_DATABASE",
            ["SQLITE_PATH"] = "the name is SQLITE_DATABASE",
            ["SQLITE_DB"] = "the name is SQLITE_DATABASE",
            ["SQLITE_TABLE"] = "the name is SQLITE_USER_TABLE",
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

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(Name)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey | StoredPasswords.Clear,
        Library = OnDemandLibrary.Sqlite,
        RcFile = "authsqliterc",
        ReadSettings = static ini => SqliteSettings.Read(ini, database: ""),
        LoadRcFile = Load,
        AddNeeds = AddNeeds,
        Create = Create,
    };

    private static SqlModule Create(ModuleServices services) =>
        new(Name, Descriptor.RcFile!, services, Rules, file => Load(file, services));

    internal static void AddNeeds(WorkerNeeds needs)
    {
        if (needs.ReadRc("authsqliterc")?.Find("SQLITE_DATABASE") is { } database)
        {
            // SQLite creates a journal beside it.
            needs.Write(Name, WireText.ToUnicode(database));
        }
    }

    private static SqlSetup Load(RcFile file, ModuleServices services)
    {
        Keys.Check(file);
        SqliteSettings settings = SqliteSettings.Read(services.Ini, file.Require("SQLITE_DATABASE"));
        SqlStatements statements = SqlStatements.Make(file, Keys, new SqliteDialect());
        SqliteEngine engine = new(settings, services.Blocking, services.Log);
        return new SqlSetup(
            Name, file, statements, new SqlDatabase(engine, settings.Pool, services.Log), [new SqliteTrialServer(engine, settings)]);
    }
}
