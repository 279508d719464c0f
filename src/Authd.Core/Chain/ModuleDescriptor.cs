// The facts about a module that the daemon needs before it creates the module.
using Authd.Core.Configuration;

namespace Authd.Core.Chain;

/// <summary>A name in authmodulelist and the code behind it. Each module's folder has one; ModuleRegistry lists them.</summary>
/// <param name="Name">The module's name in authmodulelist.</param>
public sealed record ModuleDescriptor(string Name)
{
    /// <summary>The C library that the module requires, by its name in
    /// OnDemandLibrary; <c>null</c>: it needs no library.</summary>
    public string? Library { get; init; }

    /// <summary>The module's file of <c>NAME value</c> lines in the
    /// configuration directory; <c>null</c>: it has no such file.</summary>
    public string? RcFile { get; init; }

    /// <summary>The forms of password that its accounts may have stored.</summary>
    public StoredPasswords Stores { get; init; } = StoredPasswords.Any;

    /// <summary>Reads all of the module's settings in authdaemond.ini, so that a mistake is found at the start.</summary>
    public Action<DaemonIni> ReadSettings { get; init; } = static _ => { };

    /// <summary>Parses <see cref="RcFile"/> into the module's configuration without connecting to anything; disposed of when the
    /// file has only been checked. Throws <see cref="ConfigurationException"/> and writes warnings to the log.</summary>
    public Func<RcFile, ModuleServices, IAsyncDisposable>? LoadRcFile { get; init; }

    /// <summary>Warnings about the module's other files and its settings in authdaemonrc.</summary>
    public Func<ModuleCheck, IEnumerable<string>>? FindDoubts { get; init; }

    /// <summary>Adds the files and rights that the module needs in a worker that is not root.</summary>
    public Action<WorkerNeeds> AddNeeds { get; init; } = static _ => { };

    /// <summary>Creates the module; <c>null</c> for an observer of logins.</summary>
    public Func<ModuleServices, IAuthModule>? Create { get; init; }

    /// <summary>Creates the observer of logins; <c>null</c> for modules.</summary>
    public Func<ModuleServices, ILoginObserver?>? CreateObserver { get; init; }
}

/// <summary>The configuration that a module's warnings are about.</summary>
/// <param name="Modules">authmodulelist.</param>
/// <param name="Variables">The variables of authdaemonrc; those of the environment where the file sets none.</param>
/// <param name="ConfigDirectory">Directory of the rc files and of userdb.</param>
public sealed record ModuleCheck(IReadOnlyList<string> Modules, Authdaemonrc Variables, string ConfigDirectory);
