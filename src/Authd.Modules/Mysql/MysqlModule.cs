// authmysql: accounts in a MariaDB or MySQL database, described by authmysqlrc.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>Makes the module authmysql.</summary>
public static class MysqlModule
{
    /// <summary>As in authmodulelist.</summary>
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
        TellsNoPasswordOfNobody = false,
    };

    /// <summary>The module; authmysqlrc is read at the first request.</summary>
    public static IAuthModule Create(ModuleServices services) =>
        new SqlModule(Name, services.RcPath("authmysqlrc"), services, Rules, file => Load(file, services));

    private static SqlSetup Load(RcFile file, ModuleServices services)
    {
        MysqlSettings settings = MysqlSettings.Read(file, services.Ini);
        SqlStatements statements = SqlStatements.Make(file, Keys, new MysqlDialect());
        Keys.WarnUnread(file, services.Log);
        return new SqlSetup(statements, new SqlDatabase(new MysqlEngine(settings, services.Log), settings.Pool, services.Log));
    }
}
