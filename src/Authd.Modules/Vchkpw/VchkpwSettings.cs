using Authd.Core.Configuration;

namespace Authd.Modules.Vchkpw;

/// <summary>Section <c>[vchkpw]</c> of authdaemond.ini.</summary>
/// <param name="Home"><c>home</c>: vpopmail's home; <c>null</c>: the home of the system user vpopmail.</param>
/// <param name="Users"><c>users</c>: qmail's directory of assign and cdb.</param>
public sealed record VchkpwSettings(string? Home, string Users)
{
    private const string Section = "vchkpw";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static VchkpwSettings Read(DaemonIni ini) => new(
        ini.AbsolutePath(Section, "home"),
        ini.AbsolutePath(Section, "users") ?? "/var/qmail/users");
}
