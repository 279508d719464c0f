using Authd.Core.Configuration;

namespace Authd.Daemon.Configuration;

/// <summary>Section [maps] of authdaemond.ini without its socket: the
/// contents of Postfix's tables besides the modules' accounts.</summary>
/// <param name="Domains"><c>domains</c>: the domains of this mail server; empty: those of the modules' accounts.</param>
/// <param name="DomainsAge"><c>domains-seconds</c>: the greatest age of a list of domains made from the accounts.</param>
internal sealed record MapSettings(IReadOnlySet<string> Domains, TimeSpan DomainsAge)
{
    private const string Section = "maps";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key.</exception>
    internal static MapSettings Read(DaemonIni ini) => new(
        ini.Words(Section, "domains", "").ToHashSet(StringComparer.OrdinalIgnoreCase),
        TimeSpan.FromSeconds(ini.Number(Section, "domains-seconds", usual: 60, least: 1, most: 86_400)));
}
