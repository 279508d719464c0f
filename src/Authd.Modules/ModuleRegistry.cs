// The explicit list of modules: a new module needs its folder and one line here (no reflection, because the program is trimmed).
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Libraries;
using Authd.Modules.Custom;
using Authd.Modules.Ldap;
using Authd.Modules.Pipe;
using Authd.Modules.PostfixRelay;
using Authd.Modules.Sql.Mysql;
using Authd.Modules.Sql.Postgres;
using Authd.Modules.Sql.Sqlite;
using Authd.Modules.SystemAccounts;
using Authd.Modules.Userdb;
using Authd.Modules.Vchkpw;

namespace Authd.Modules;

/// <summary>Creates the modules that authmodulelist names.</summary>
public static class ModuleRegistry
{
    /// <summary>All modules.</summary>
    public static IReadOnlyList<ModuleDescriptor> All { get; } =
    [
        CramModule.Descriptor,
        CustomModule.Descriptor,
        LdapModule.Descriptor,
        MysqlModule.Descriptor,
        PamModule.Descriptor,
        PgsqlModule.Descriptor,
        PipeModule.Descriptor,
        PostfixModule.Descriptor,
        PwdModule.Descriptor,
        ShadowModule.Descriptor,
        SqliteModule.Descriptor,
        UserdbModule.Descriptor,
        VchkpwModule.Descriptor,
    ];

    /// <summary>The module behind the entry <paramref name="name"/> of authmodulelist; <c>null</c>: no such module.</summary>
    public static ModuleDescriptor? Find(string name) => All.FirstOrDefault(module => module.Name == name);

    /// <summary>The rc file of a module, <c>null</c> when it has none.</summary>
    public static string? RcFile(string name) => Find(name)?.RcFile;

    /// <summary>The mistakes in authmodulelist itself: it is empty, or names a module that does not exist.</summary>
    public static IEnumerable<string> Mistakes(IReadOnlyList<string> names) => names.Count == 0
        ? ["authmodulelist is empty, so that no account can be found: list modules in it, for instance \"authuserdb authpam\""]
        : names.Distinct().Where(static name => Find(name) is null).Select(static name => $"authmodulelist: there is no module '{name}'{Cure(name)}");

    private static string Cure(string name)
    {
        string[] all = [.. All.Select(static module => module.Name)];
        return name switch
        {
            _ when name.AsSpan().ContainsAny(',', ';', ':') => ": put blanks between the names, nothing else",
            _ when RcDoubts.Mark(name) is { } mark => $": there is {mark} in it: type the list anew as plain ASCII",
            _ when name.AsSpan().ContainsAnyExceptInRange('!', '~') => ": it holds other than ASCII letters; are its quotes plain ones (\")?",
            _ when all.Contains(name.ToLowerInvariant()) => $": its name is {name.ToLowerInvariant()}, in small letters",
            _ when all.Contains("auth" + name) => $" (did you mean auth{name}?)",
            _ => Suggestion.For(name, all),
        };
    }

    /// <summary>The needs of the listed modules in workers that are not root.</summary>
    /// <param name="names">authmodulelist.</param>
    /// <param name="configDirectory">Directory of the rc files and of userdb.</param>
    /// <param name="stateDirectory">The daemon's state directory.</param>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="environment">The workers' environment; wire text.</param>
    public static WorkerNeeds NeedsOf(
        IReadOnlyList<string> names, string configDirectory, string stateDirectory, DaemonIni ini, Func<string, string?> environment)
    {
        WorkerNeeds needs = new(configDirectory, stateDirectory, ini, environment, TryRead);
        foreach (ModuleDescriptor module in All.Where(module => names.Contains(module.Name) && UnavailableReason(module.Name) is null))
        {
            WorkerNeeds.Try(() => module.AddNeeds(needs));
        }

        return needs;
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            return RootFiles.Exists(path) ? RootFiles.ReadAll(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The reason why the entry <paramref name="name"/> of
    /// authmodulelist is skipped; <c>null</c>: it is not skipped.</summary>
    public static string? UnavailableReason(string name) => Find(name) switch
    {
        null => "this daemon has no such module",
        { Library: { } library } => OnDemandLibrary.LoadError(library),
        _ => null,
    };

    /// <summary>The observer called <paramref name="name"/>; <c>null</c> when it does not exist or has nothing to do.</summary>
    public static ILoginObserver? CreateObserver(string name, ModuleServices services) =>
        Find(name)?.CreateObserver?.Invoke(services);

    /// <summary>The module called <paramref name="name"/>, or a
    /// <see cref="MissingModule"/>; <c>null</c>: the name is an observer's.</summary>
    public static IAuthModule? Create(string name, ModuleServices services) =>
        UnavailableReason(name) is null ? Find(name)!.Create?.Invoke(services) : new MissingModule(name);
}
