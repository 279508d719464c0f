// The explicit list of modules: adding one means adding its folder and one line here (no reflection: we are trimmed).
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Interop;
using Authd.Modules.Custom;
using Authd.Modules.Ldap;
using Authd.Modules.Mysql;
using Authd.Modules.Pam;
using Authd.Modules.Pgsql;
using Authd.Modules.Pipe;
using Authd.Modules.Postfix;
using Authd.Modules.Pwd;
using Authd.Modules.Shadow;
using Authd.Modules.Sqlite;
using Authd.Modules.SystemAccounts;
using Authd.Modules.Userdb;
using Authd.Modules.Vchkpw;

namespace Authd.Modules;

/// <summary>Makes the modules that authmodulelist names.</summary>
public static class ModuleRegistry
{
    private static readonly Dictionary<string, Func<ModuleServices, IAuthModule>> Factories = new(StringComparer.Ordinal)
    {
        ["authcram"] = static services => new CramModule(services),
        ["authuserdb"] = static services => new UserdbModule(services),
        [LdapModule.ModuleName] = static services => new LdapModule(services),
        [PgsqlModule.Name] = PgsqlModule.Create,
        [PipeModule.ModuleName] = static services => new PipeModule(services),
        [CustomModule.ModuleName] = static services => new CustomModule(services.Log),
        [VchkpwModule.ModuleName] = static services => new VchkpwModule(services),
        [PamModule.Name] = PamModule.Create,
        [PwdModule.Name] = PwdModule.Create,
        [ShadowModule.Name] = ShadowModule.Create,
        [MysqlModule.Name] = MysqlModule.Create,
        [SqliteModule.Name] = SqliteModule.Create,
    };

    /// <summary>The libraries of modules that are nothing without them.</summary>
    private static readonly Dictionary<string, string> Libraries = new(StringComparer.Ordinal)
    {
        [LdapModule.ModuleName] = OnDemandLibrary.Ldap,
        [MysqlModule.Name] = OnDemandLibrary.Mariadb,
        [PamModule.Name] = OnDemandLibrary.Pam,
        [SqliteModule.Name] = OnDemandLibrary.Sqlite,
    };

    /// <summary>Checks the modules' sections of authdaemond.ini, so that a mistake is found at the start.</summary>
    /// <exception cref="ConfigurationException">A value is not what its key takes.</exception>
    public static void CheckSettings(DaemonIni ini)
    {
        PgsqlSettings.Read(ini, characterSet: null);
        PipeSettings.Read(ini);
        VchkpwSettings.Read(ini);
        LdapSettings.ReadLimits(ini);
        MysqlSettings.Check(ini);
        SqliteSettings.Read(ini, database: "");
        PamSettings.Read(ini);
        SystemPasswordChange.ReadHelper(ini);
        RelaySettings.Read(ini);
    }

    /// <summary>What the administrator should know of authdaemonrc's settings for modules; none of it is fatal.</summary>
    /// <param name="names">authmodulelist.</param>
    /// <param name="variables">authdaemonrc, or else the environment.</param>
    public static IEnumerable<string> Doubts(IReadOnlyList<string> names, Authdaemonrc variables) =>
        PostfixModule.Doubts(names, variables[PostfixModule.TableVariable]);

    /// <summary>Why the entry <paramref name="name"/> of authmodulelist is skipped; <c>null</c>: it is not.</summary>
    public static string? Obstacle(string name)
    {
        if (Libraries.TryGetValue(name, out string? library))
        {
            return OnDemandLibrary.Complaint(library);
        }

        return Factories.ContainsKey(name) || name == PostfixModule.Name ? null : "this daemon has no such module";
    }

    /// <summary>The observer called <paramref name="name"/>, or <c>null</c> when there is none, or nothing for it to do.</summary>
    public static ILoginObserver? CreateObserver(string name, ModuleServices services) =>
        name == PostfixModule.Name ? PostfixModule.Create(services) : null;

    /// <summary>The module called <paramref name="name"/>, or <c>null</c> when there is none, or its library is missing.</summary>
    public static IAuthModule? Create(string name, ModuleServices services) =>
        Obstacle(name) is null && Factories.TryGetValue(name, out Func<ModuleServices, IAuthModule>? create)
            ? create(services)
            : null;
}
