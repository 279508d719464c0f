using Authd.Core.Configuration;

namespace Authd.Modules.PostfixRelay;

/// <summary>Section [relay] of authdaemond.ini: the logins that authpostfix records, and for how long.</summary>
/// <param name="Services"><c>services</c>: logins to these are recorded.</param>
/// <param name="ExpireMinutes"><c>expire-minutes</c>: older entries are removed; 0: authcleanup removes them instead.</param>
public sealed record RelaySettings(IReadOnlySet<string> Services, int ExpireMinutes)
{
    private const string Section = "relay";
    private const int Week = 7 * 24 * 60;

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static RelaySettings Read(DaemonIni ini) => new(
        ini.Words(Section, "services", usual: "imap imaps pop3 pop3s").ToHashSet(StringComparer.Ordinal),
        ini.Number(Section, "expire-minutes", usual: 0, least: 0, most: Week));
}
