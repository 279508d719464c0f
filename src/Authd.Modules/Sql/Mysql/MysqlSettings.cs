using System.Globalization;
using Authd.Core.Configuration;
using Authd.Linux.Mariadb;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Mysql;

/// <summary>Which of several servers will do.</summary>
public enum MysqlRole
{
    /// <summary>The first that is there.</summary>
    Any,

    /// <summary>One that takes changes: its read_only is off.</summary>
    Primary,

    /// <summary>The first whose read_only is on; without one, any.</summary>
    PreferReplica,
}

/// <summary>The connections of one configuration: authmysqlrc's own keys, and section [mysql] of authdaemond.ini.</summary>
/// <param name="Logins">The servers, the preferred one first.</param>
/// <param name="Database">MYSQL_DATABASE.</param>
/// <param name="CharacterSet">MYSQL_CHARACTER_SET, <c>null</c> when not set.</param>
/// <param name="ConnectTimeout"><c>connect-timeout</c>, seconds.</param>
/// <param name="Pool">The common keys of all SQL modules.</param>
/// <param name="Lookups"><c>lookups</c>: the servers that lookups, logins and lists may go to, while changes go to the primary;
/// <c>null</c>: all go to the first that is there.</param>
public sealed record MysqlSettings(
    IReadOnlyList<MariadbLogin> Logins,
    string Database,
    string? CharacterSet,
    int ConnectTimeout,
    PoolLimits Pool,
    MysqlRole? Lookups)
{
    private const string Section = "mysql";

    private static readonly Dictionary<string, string> LookupServers = new(StringComparer.Ordinal)
    {
        ["any"] = nameof(MysqlRole.Any),
        ["primary"] = nameof(MysqlRole.Primary),
        ["prefer-replica"] = nameof(MysqlRole.PreferReplica),
    };

    // CLIENT_FOUND_ROWS: a row that an UPDATE finds counts even if it already has the new value.
    private const uint CountFoundRows = 2;

    /// <summary>Checks the section alone.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key.</exception>
    public static void Check(DaemonIni ini)
    {
        SqlLimits.ReadConnectTimeout(ini, Section);
        ReadPool(ini);
        ReadLookups(ini);
    }

    /// <summary>Reads file and section.</summary>
    /// <exception cref="ConfigurationException">A key is missing, or a value is not valid for its key.</exception>
    public static MysqlSettings Read(RcFile file, DaemonIni ini)
    {
        int connectTimeout = SqlLimits.ReadConnectTimeout(ini, Section);
        MariadbLogin login = new()
        {
            Port = Number(file, "MYSQL_PORT", most: 65535),
            Flags = Number(file, "MYSQL_OPT", most: uint.MaxValue) | CountFoundRows,
            Socket = NotEmpty(file, "MYSQL_SOCKET"),
            User = Required(file, "MYSQL_USERNAME"),
            Password = file.Find("MYSQL_PASSWORD") ?? "",
            Tls = Tls(file),
        };
        return new MysqlSettings(
            [.. Servers(file, login)],
            Required(file, "MYSQL_DATABASE"),
            NotEmpty(file, "MYSQL_CHARACTER_SET"),
            connectTimeout,
            ReadPool(ini),
            ReadLookups(ini));
    }

    private static MysqlRole? ReadLookups(DaemonIni ini) =>
        ini.OneOf(Section, "lookups", LookupServers) is { } role ? Enum.Parse<MysqlRole>(role) : null;

    private static PoolLimits ReadPool(DaemonIni ini) => SqlLimits.Read(ini, Section);

    /// <summary>MYSQL_SERVER is a host or a list of hosts, each with an optional port.</summary>
    private static IEnumerable<MariadbLogin> Servers(RcFile file, MariadbLogin login)
    {
        string? servers = NotEmpty(file, "MYSQL_SERVER");
        if (servers is null)
        {
            return login.Socket is not null ? [login]
                : throw new ConfigurationException($"authmysql: MYSQL_SERVER nor MYSQL_SOCKET set in {file.Path}.");
        }

        return servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(server =>
        {
            // An IPv6 address with a port is in brackets.
            int colon = server.LastIndexOf(':');
            bool hasPort = colon > 0 && (server[colon - 1] == ']' || server.IndexOf(':') == colon);
            return login with
            {
                Host = (hasPort ? server[..colon] : server).Trim('[', ']'),
                Port = hasPort ? Number(file, "MYSQL_SERVER", server[(colon + 1)..], most: 65535) : login.Port,
            };
        });
    }

    private static MariadbTls? Tls(RcFile file)
    {
        MariadbTls tls = new(
            NotEmpty(file, "MYSQL_SSL_KEY"),
            NotEmpty(file, "MYSQL_SSL_CERT"),
            NotEmpty(file, "MYSQL_SSL_CACERT"),
            NotEmpty(file, "MYSQL_SSL_CAPATH"),
            NotEmpty(file, "MYSQL_SSL_CIPHER") ?? NotEmpty(file, "MYSQL_SSL_CIPHERS"));
        return tls.Authority is null && tls.AuthorityDirectory is null ? null : tls;
    }

    private static uint Number(RcFile file, string name, uint most) => Number(file, name, file.Find(name) ?? "0", most);

    private static uint Number(RcFile file, string name, string text, uint most) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number <= most
            ? number : throw file.Bad(name, $"'{text}' is no number from 0 to {most}");

    private static string Required(RcFile file, string name) =>
        NotEmpty(file, name) ?? throw new ConfigurationException($"authmysql: {name} not set in {file.Path}.");

    private static string? NotEmpty(RcFile file, string name) => file.Find(name) is { Length: > 0 } value ? value : null;
}
