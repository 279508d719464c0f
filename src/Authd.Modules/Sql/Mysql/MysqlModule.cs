using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Linux.Libraries;
using Authd.Linux.Mariadb;

namespace Authd.Modules.Sql.Mysql;

/// <summary>Creates the module authmysql: accounts in a MariaDB or MySQL database, described by authmysqlrc.</summary>
public static class MysqlModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authmysql";

    private static readonly SqlKeys Keys = new(
        "MYSQL_",
        "DEFAULTDELIVERY_FIELD",
        [
            "SERVER", "SOCKET", "PORT", "OPT", "USERNAME", "PASSWORD", "DATABASE", "CHARACTER_SET",
            "SSL_KEY", "SSL_CERT", "SSL_CACERT", "SSL_CAPATH", "SSL_CIPHER",

            // The sample file's names for two of them.
            "DEFAULTDELIVERY", "SSL_CIPHERS",
        ],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["MYSQL_HOST"] = "the name is MYSQL_SERVER",
            ["MYSQL_HOSTNAME"] = "the name is MYSQL_SERVER",
            ["MYSQL_USER"] = "the name is MYSQL_USERNAME",
            ["MYSQL_PASS"] = "the name is MYSQL_PASSWORD",
            ["MYSQL_PASSWD"] = "the name is MYSQL_PASSWORD",
            ["MYSQL_DB"] = "the name is MYSQL_DATABASE",
            ["MYSQL_DBNAME"] = "the name is MYSQL_DATABASE",
            ["MYSQL_TABLE"] = "the name is MYSQL_USER_TABLE",
            ["MYSQL_CHARSET"] = "the name is MYSQL_CHARACTER_SET",
            ["MYSQL_SSL_CA"] = "the name is MYSQL_SSL_CACERT",
            ["MYSQL_CRYPTPW_FIELD"] = "the name is MYSQL_CRYPT_PWFIELD",
            ["MYSQL_CLEARPW_FIELD"] = "the name is MYSQL_CLEAR_PWFIELD",
            ["MYSQL_DEFAULT_DOMAIN"] = "the name is DEFAULT_DOMAIN",
            ["MYSQL_AUXOPTIONS"] = "the name is MYSQL_AUXOPTIONS_FIELD",
        })
    {
        DefaultDeliveryAlias = "DEFAULTDELIVERY",
    };

    private static readonly SqlRowRules Rules = new()
    {
        KeepsEmptyTexts = false,
        NeedsHome = true,
        ListsHomeless = true,
        LogsMissingPasswordForUnknownUser = false,
    };

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(Name)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey | StoredPasswords.Clear,
        Library = OnDemandLibrary.Mariadb,
        RcFile = "authmysqlrc",
        ReadSettings = MysqlSettings.Check,
        LoadRcFile = Load,
        AddNeeds = AddNeeds,
        Create = Create,
    };

    private static SqlModule Create(ModuleServices services) =>
        new(Name, Descriptor.RcFile!, services, Rules, file => Load(file, services));

    internal static void AddNeeds(WorkerNeeds needs)
    {
        if (needs.ReadRc("authmysqlrc") is { } file)
        {
            AddNeeds(Name, MysqlSettings.Read(file, needs.Ini).Logins, needs);
        }
    }

    /// <summary>The needs of connections, also for authpostfix.</summary>
    internal static void AddNeeds(string module, IEnumerable<MariadbLogin> logins, WorkerNeeds needs)
    {
        foreach (MariadbLogin login in logins)
        {
            if (login.Tls is { } tls)
            {
                foreach (string? path in new[] { tls.Key, tls.Certificate, tls.Authority, tls.AuthorityDirectory })
                {
                    needs.Use(module, path is null ? null : WireText.ToUnicode(path));
                }
            }

            if (login.Password.Length == 0 && login.Host is null or "" or "localhost")
            {
                needs.NeedsRoot(module, $"{login.User} has no password, so that the server may know it by the user of the process (unix_socket)");
                return;
            }
        }
    }

    private static SqlSetup Load(RcFile file, ModuleServices services)
    {
        Keys.Check(file);
        MysqlSettings settings = MysqlSettings.Read(file, services.Ini);
        SqlStatements statements = SqlStatements.Make(file, Keys, new MysqlDialect());
        MysqlEngine trial = new(settings, MysqlRole.Any, services.Log);
        TimeSpan limit = TimeSpan.FromSeconds(settings.ConnectTimeout) + settings.Pool.AnswerTimeout;
        return new SqlSetup(
            Name, file, statements, Open(settings, services.Log),
            [.. settings.Logins.Select(login => new MysqlTrialServer(trial, login, limit))]);
    }

    private static ISqlDatabase Open(MysqlSettings settings, Log log)
    {
        SqlDatabase lookups = Open(settings, settings.Lookups ?? MysqlRole.Any);
        return settings.Lookups is null
            ? lookups
            : new ReplicatedDatabase(lookups, Open(settings with { Pool = settings.Pool with { Connections = 1 } }, MysqlRole.Primary));

        SqlDatabase Open(MysqlSettings connections, MysqlRole role) =>
            new(new MysqlEngine(connections, role, log), connections.Pool, log);
    }
}
