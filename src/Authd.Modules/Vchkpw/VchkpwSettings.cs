// The settings of authvchkpw: section [vchkpw] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Modules.Vchkpw;

/// <summary>Section <c>[vchkpw]</c>.</summary>
/// <param name="Home"><c>home</c>: vpopmail's home; <c>null</c>: that of the system user vpopmail.</param>
/// <param name="Users"><c>users</c>: qmail's directory of assign and cdb.</param>
public sealed record VchkpwSettings(string? Home, string Users)
{
    private const string Section = "vchkpw";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static VchkpwSettings Read(DaemonIni ini) => new(
        ini.AbsolutePath(Section, "home"),
        ini.AbsolutePath(Section, "users") ?? "/var/qmail/users");
}
