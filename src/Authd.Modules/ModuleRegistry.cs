// The explicit list of modules: adding one means adding its folder and one line here (no reflection: we are trimmed).
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules.Pam;
using Authd.Modules.Pgsql;
using Authd.Modules.Pwd;
using Authd.Modules.Shadow;
using Authd.Modules.SystemAccounts;
using Authd.Modules.Userdb;

namespace Authd.Modules;

/// <summary>Makes the modules that authmodulelist names.</summary>
public static class ModuleRegistry
{
    private static readonly Dictionary<string, Func<ModuleServices, IAuthModule>> Factories = new(StringComparer.Ordinal)
    {
        ["authuserdb"] = static services => new UserdbModule(services),
        [PgsqlModule.Name] = PgsqlModule.Create,
        [PamModule.Name] = PamModule.Create,
        [PwdModule.Name] = PwdModule.Create,
        [ShadowModule.Name] = ShadowModule.Create,
    };

    /// <summary>Checks the modules' sections of authdaemond.ini, so that a mistake is found at the start.</summary>
    /// <exception cref="ConfigurationException">A value is not what its key takes.</exception>
    public static void CheckSettings(DaemonIni ini)
    {
        PgsqlSettings.Read(ini, characterSet: null);
        PamSettings.Read(ini);
        SystemPasswordChange.ReadHelper(ini);
    }

    /// <summary>Whether there is a module called <paramref name="name"/>.</summary>
    public static bool Exists(string name) => Factories.ContainsKey(name);

    /// <summary>The module called <paramref name="name"/>, or <c>null</c> when there is none of that name.</summary>
    public static IAuthModule? Create(string name, ModuleServices services) =>
        Factories.TryGetValue(name, out Func<ModuleServices, IAuthModule>? make) ? make(services) : null;
}
