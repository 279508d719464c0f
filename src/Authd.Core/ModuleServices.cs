// What a module is given when it is made.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;

namespace Authd.Core;

/// <summary>Everything a module may use of its surroundings.</summary>
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
    /// Where a module finds its rc file: among the credentials that systemd passes to the service (LoadCredential=), so
    /// that the daemon's user need not be able to read the file itself; else in <see cref="ConfigDirectory"/>.
    /// </summary>
    /// <param name="name">E.g. <c>authpgsqlrc</c>, of the file and of the credential.</param>
    public string RcPath(string name)
    {
        string? credentials = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        string secret = Path.Combine(credentials ?? "", name);
        return credentials is not null && File.Exists(secret) ? secret : Path.Combine(ConfigDirectory, name);
    }

    /// <summary>The directory of the daemon's socket, for what its workers share.</summary>
    public string StateDirectory { get; init; } = ConfigDirectory;
}
