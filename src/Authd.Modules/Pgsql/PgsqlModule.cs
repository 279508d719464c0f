// authpgsql: accounts in a PostgreSQL database, described by authpgsqlrc.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules.Sql;

namespace Authd.Modules.Pgsql;

/// <summary>Makes the module authpgsql.</summary>
public static class PgsqlModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authpgsql";

    private const string NotRead = "say it in PGSQL_CONNECTION";

    private static readonly SqlKeys Keys = new(
        "PGSQL_",
        "DEFAULTDELIVERY",
        ["CONNECTION", "CHARACTER_SET"],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PGSQL_DATABASE"] = NotRead,
            ["PGSQL_HOST"] = NotRead,
            ["PGSQL_PORT"] = NotRead,
            ["PGSQL_USERNAME"] = NotRead,
            ["PGSQL_PASSWORD"] = NotRead,
            ["PGSQL_OPT"] = NotRead,
            ["PGSQL_DEFAULT_DOMAIN"] = "the name is DEFAULT_DOMAIN",
            ["PGSQL_AUXOPTIONS"] = "the name is PGSQL_AUXOPTIONS_FIELD",
        });

    /// <summary>The module; authpgsqlrc is read at the first request.</summary>
    public static IAuthModule Create(ModuleServices services) =>
        new SqlModule(Name, Path.Combine(services.ConfigDirectory, "authpgsqlrc"), services, new SqlRowRules(), file => Load(file, services));

    private static SqlSetup Load(RcFile file, ModuleServices services)
    {
        string conninfo = file.Require("PGSQL_CONNECTION");
        SqlStatements statements = SqlStatements.Make(file, Keys, new PostgresDialect());
        try
        {
            PgsqlSettings settings = PgsqlSettings.Read(services.Ini, file.Find("PGSQL_CHARACTER_SET"));
            PgsqlOptions options = new(conninfo, new ConninfoDefaults(Environment.GetEnvironmentVariable));
            Keys.WarnUnread(file, services.Log);
            PgsqlEngine engine = new(new PgsqlServers(options, settings, services.Log), services.Log);
            return new SqlSetup(statements, new SqlDatabase(engine, settings.Pool, services.Log));
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or NotSupportedException)
        {
            throw file.Bad("PGSQL_CONNECTION", wrong.Message);
        }
    }
}
