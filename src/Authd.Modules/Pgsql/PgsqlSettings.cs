// The settings of authpgsql beyond its conninfo and statements: section [pgsql] of authdaemond.ini.
using Authd.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace Authd.Modules.Pgsql;

/// <summary>Character set and section <c>[pgsql]</c>.</summary>
/// <param name="CharacterSet">PGSQL_CHARACTER_SET, <c>null</c> when not set.</param>
/// <param name="Prepare"><c>prepare</c>: named prepared statements and session settings; off behind a pooler in transaction mode.</param>
/// <param name="Connections"><c>connections</c>: the most that one worker keeps open for look-ups.</param>
/// <param name="ConnectTimeout"><c>connect_timeout</c>, seconds, where the conninfo has none.</param>
/// <param name="StatementTimeout"><c>statement_timeout</c>, seconds: after it the request is answered with a temporary failure.</param>
/// <param name="IdleTimeout"><c>idle_timeout</c>, seconds: unused connections are closed after it.</param>
public sealed record PgsqlSettings(
    string? CharacterSet, bool Prepare, int Connections, int ConnectTimeout, TimeSpan StatementTimeout, TimeSpan IdleTimeout)
{
    /// <summary>Reads the section; values out of range are brought into it.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static PgsqlSettings Read(IConfiguration ini, string? characterSet)
    {
        IConfigurationSection section = ini.GetSection("pgsql");
        return new PgsqlSettings(
            string.IsNullOrEmpty(characterSet) ? null : characterSet,
            YesNo(section, "prepare", absent: true),
            Number(section, "connections", absent: 2, least: 1, most: 50),
            Number(section, "connect_timeout", absent: 5, least: 1, most: 9),
            TimeSpan.FromSeconds(Number(section, "statement_timeout", absent: 8, least: 1, most: 25)),
            TimeSpan.FromSeconds(Number(section, "idle_timeout", absent: 300, least: 1, most: 86400)));
    }

    private static bool YesNo(IConfigurationSection section, string key, bool absent) => section[key] switch
    {
        null => absent,
        "yes" => true,
        "no" => false,
        var other => throw new ConfigurationException($"authdaemond.ini: [pgsql] {key}: '{other}' is neither yes nor no"),
    };

    private static int Number(IConfigurationSection section, string key, int absent, int least, int most)
    {
        if (section[key] is not { } text)
        {
            return absent;
        }

        return int.TryParse(text, out int number)
            ? Math.Clamp(number, least, most) : throw new ConfigurationException($"authdaemond.ini: [pgsql] {key}: '{text}' is no number");
    }
}
