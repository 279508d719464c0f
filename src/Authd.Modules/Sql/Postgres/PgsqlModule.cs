using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Creates the module authpgsql: accounts in a PostgreSQL database, described by authpgsqlrc.</summary>
public static class PgsqlModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authpgsql";

    private static readonly SqlKeys Keys = new(
        "PGSQL_",
        "DEFAULTDELIVERY",
        ["CONNECTION", "CHARACTER_SET"],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PGSQL_DATABASE"] = "say dbname= in PGSQL_CONNECTION",
            ["PGSQL_DBNAME"] = "say dbname= in PGSQL_CONNECTION",
            ["PGSQL_DB"] = "say dbname= in PGSQL_CONNECTION",
            ["PGSQL_HOST"] = "say host= in PGSQL_CONNECTION",
            ["PGSQL_SERVER"] = "say host= in PGSQL_CONNECTION",
            ["PGSQL_SOCKET"] = "say host=DIRECTORY in PGSQL_CONNECTION",
            ["PGSQL_PORT"] = "say port= in PGSQL_CONNECTION",
            ["PGSQL_USERNAME"] = "say user= in PGSQL_CONNECTION",
            ["PGSQL_USER"] = "say user= in PGSQL_CONNECTION",
            ["PGSQL_PASSWORD"] = "say password= in PGSQL_CONNECTION",
            ["PGSQL_PASS"] = "say password= in PGSQL_CONNECTION",
            ["PGSQL_PASSWD"] = "say password= in PGSQL_CONNECTION",
            ["PGSQL_OPT"] = "say options= in PGSQL_CONNECTION",
            ["PGSQL_CONNINFO"] = "the name is PGSQL_CONNECTION",
            ["PGSQL_SSLMODE"] = "say sslmode= in PGSQL_CONNECTION",
            ["PGSQL_DEFAULT_DOMAIN"] = "the name is DEFAULT_DOMAIN",
            ["PGSQL_AUXOPTIONS"] = "the name is PGSQL_AUXOPTIONS_FIELD",
        });

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(Name)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey | StoredPasswords.Clear,
        RcFile = "authpgsqlrc",
        ReadSettings = static ini => PgsqlSettings.Read(ini, characterSet: null),
        LoadRcFile = Load,
        AddNeeds = AddNeeds,
        Create = Create,
    };

    private static SqlModule Create(ModuleServices services) =>
        new(Name, Descriptor.RcFile!, services, new SqlRowRules(), file => Load(file, services));

    internal static void AddNeeds(WorkerNeeds needs)
    {
        if (needs.ReadRc("authpgsqlrc")?.Find("PGSQL_CONNECTION") is { } conninfo)
        {
            ConninfoDefaults defaults = new(needs.Variable);
            foreach (string service in defaults.ServiceFiles())
            {
                needs.Read(service);
            }

            AddNeeds(Name, new PgsqlOptions(conninfo, defaults), needs);
        }
    }

    /// <summary>The needs of connections, also for authpostfix.</summary>
    internal static void AddNeeds(string module, PgsqlOptions options, WorkerNeeds needs)
    {
        if (options.PasswordFile is { } passwords)
        {
            needs.Read(passwords);
        }

        foreach (string? path in options.TlsFiles)
        {
            needs.Use(module, path);
        }

        if (options.Hosts.FirstOrDefault(host => host.IsSocket && options.Password(host, static _ => { }) is null) is { } local)
        {
            needs.NeedsRoot(module, $"the role {WireText.FromUnicode(options.User)} at {WireText.FromUnicode(local.Address)} has no "
                + "password, so that the server may know it by the user of the process (peer)");
        }
    }

    private static SqlSetup Load(RcFile file, ModuleServices services)
    {
        Keys.Check(file);
        string conninfo = file.Require("PGSQL_CONNECTION");
        SqlStatements statements = SqlStatements.Make(file, Keys, new PostgresDialect());
        try
        {
            PgsqlSettings settings = PgsqlSettings.Read(services.Ini, file.Find("PGSQL_CHARACTER_SET"));
            PgsqlOptions options = new(conninfo, new ConninfoDefaults(Environment.GetEnvironmentVariable));
            foreach (string text in options.PassedOver)
            {
                file.Warn("PGSQL_CONNECTION", text);
            }

            PgsqlServers tried = new(options, settings with { Prepare = false }, services.Log);
            TimeSpan limit = TimeSpan.FromSeconds(options.ConnectTimeout ?? settings.ConnectTimeout) + settings.Pool.AnswerTimeout;
            return new SqlSetup(
                Name, file, statements, Open(options, settings, services.Log),
                [.. options.Hosts.Select(host => new PgsqlTrialServer(tried, host, options.User, limit))]);
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or NotSupportedException)
        {
            throw file.Bad("PGSQL_CONNECTION", wrong.Message);
        }
    }

    private static ISqlDatabase Open(PgsqlOptions options, PgsqlSettings settings, Log log)
    {
        SqlDatabase lookups = Open(settings.Pool, settings.Lookups);
        return settings.Lookups is null
            ? lookups
            : new ReplicatedDatabase(lookups, Open(settings.Pool with { Connections = 1 }, "primary"));

        SqlDatabase Open(PoolLimits limits, string? session) =>
            new(new PgsqlEngine(new PgsqlServers(options, settings, log, session), log), limits, log);
    }
}
