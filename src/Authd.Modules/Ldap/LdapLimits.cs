// The settings of authldap beyond authldaprc: section [ldap] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Modules.Ldap;

/// <summary>Section <c>[ldap]</c>.</summary>
/// <param name="Connections"><c>connections</c>: the most that a worker keeps for searches, and as many for binds.</param>
/// <param name="Timeout"><c>timeout</c>: how long one request may wait for the directory, all in all.</param>
/// <param name="IdleTimeout"><c>idle-timeout</c>: unused connections are closed after it.</param>
public sealed record LdapLimits(int Connections, TimeSpan Timeout, TimeSpan IdleTimeout)
{
    private const string Section = "ldap";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static LdapLimits Read(DaemonIni ini) => new(
        ini.Number(Section, "connections", usual: 4, least: 1, most: 50),
        TimeSpan.FromSeconds(ini.Number(Section, "timeout", usual: 8, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(Section, "idle-timeout", usual: 300, least: 1, most: 86400)));
}
