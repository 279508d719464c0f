// Where authmysql connects to: authmysqlrc's own keys, and section [mysql] of authdaemond.ini.
using System.Globalization;
using Authd.Core.Configuration;
using Authd.Interop;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>One configuration's connections.</summary>
/// <param name="Logins">The servers, the one to prefer first.</param>
/// <param name="Database">MYSQL_DATABASE.</param>
/// <param name="CharacterSet">MYSQL_CHARACTER_SET, <c>null</c> when not set.</param>
/// <param name="ConnectTimeout"><c>connect-timeout</c>, seconds.</param>
/// <param name="Pool">The keys that all SQL modules have.</param>
public sealed record MysqlSettings(
    IReadOnlyList<MariadbLogin> Logins, string Database, string? CharacterSet, int ConnectTimeout, LaneLimits Pool)
{
    private const string Section = "mysql";

    // CLIENT_FOUND_ROWS: a row that an UPDATE finds counts even if it holds the same already.
    private const uint CountFoundRows = 2;

    /// <summary>Checks the section alone.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes.</exception>
    public static void Check(DaemonIni ini)
    {
        SqlLimits.ReadConnectTimeout(ini, Section);
        ReadPool(ini);
    }

    /// <summary>Reads file and section.</summary>
    /// <exception cref="ConfigurationException">Something is missing or not what the key takes.</exception>
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
            ReadPool(ini));
    }

    private static LaneLimits ReadPool(DaemonIni ini) => SqlLimits.Read(ini, Section, connections: 4);

    /// <summary>MYSQL_SERVER is a host or a list of them, each with a port of its own if need be.</summary>
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
            // An IPv6 address that is to have a port is in brackets.
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
