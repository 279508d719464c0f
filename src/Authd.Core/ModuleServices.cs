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
    /// <summary>The directory of the daemon's socket, for what its workers share.</summary>
    public string StateDirectory { get; init; } = ConfigDirectory;
}
