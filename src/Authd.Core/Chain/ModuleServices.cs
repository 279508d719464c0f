using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Core.Passwords;

namespace Authd.Core.Chain;

/// <summary>The services that a module is created with.</summary>
/// <param name="ConfigDirectory">Directory of the rc files and of userdb, e.g. <c>/etc/courier</c>.</param>
/// <param name="Log">The log.</param>
/// <param name="Blocking">For calls that block (files, C libraries).</param>
/// <param name="Passwords">Checks and makes password hashes.</param>
/// <param name="Ini">This daemon's own, optional authdaemond.ini; a module reads its section.</param>
public sealed record ModuleServices(
    string ConfigDirectory,
    Log Log,
    BlockingWork Blocking,
    PasswordChecker Passwords,
    DaemonIni Ini)
{
    /// <summary>
    /// The path of a module's rc file: among the credentials that systemd passes to the service (LoadCredential=), so that the
    /// daemon's user need not be able to read the original; else in <see cref="ConfigDirectory"/>.
    /// </summary>
    /// <param name="name">Name of the file and of the credential, e.g. <c>authpgsqlrc</c>.</param>
    public string RcPath(string name) => RcPath(ConfigDirectory, name, FileExists);

    /// <summary>The same for callers without services.</summary>
    public static string RcPath(string configDirectory, string name, Func<string, bool> exists)
    {
        string? credentials = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        string secret = Path.Combine(credentials ?? "", name);
        return credentials is not null && exists(secret) ? secret : Path.Combine(configDirectory, name);
    }

    /// <summary>Whether a file exists. A worker asks the broker where it may not look into the directory itself.</summary>
    public Func<string, bool> FileExists { get; init; } = File.Exists;

    /// <summary>
    /// The rc files that were there when the daemon last read and checked its configuration, and the versions of what was in them:
    /// one of them that a module does not find has been lost, while any other has never been wanted.
    /// </summary>
    public IReadOnlyDictionary<string, long> RcFiles { get; init; } = new Dictionary<string, long>();

    /// <summary>The version of an rc file whose warnings the log has already; <c>null</c>: it was not there.</summary>
    public long? CheckedVersion(string rcFile) => RcFiles.TryGetValue(rcFile, out long version) ? version : null;

    /// <summary>The counters of the module of that name, shared with the module's connections.</summary>
    public Func<string, ModuleCounters> Counters { get; init; } = static _ => ModuleCounters.Unread();

    /// <summary>The directory of the daemon's socket; the workers' shared files are below it.</summary>
    public string StateDirectory { get; init; } = ConfigDirectory;
}
