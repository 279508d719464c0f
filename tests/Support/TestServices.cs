using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;

namespace Authd.Tests.Support;

/// <summary>Makes the services of a module under test without a worker.</summary>
public static class TestServices
{
    /// <summary>Services with the system's crypt() and an authdaemond.ini of the test's own.</summary>
    /// <param name="configDirectory">The directory of the module's files.</param>
    /// <param name="log">Its log.</param>
    /// <param name="blocking">Threads for blocking work, hashes included.</param>
    /// <param name="ini">The text of authdaemond.ini.</param>
    public static ModuleServices Create(string configDirectory, Log log, BlockingWork blocking, string ini = "")
    {
        DaemonIni settings = DaemonIni.Parse("x.ini", ini);
        SystemCrypt crypt = new();
        return new(
            configDirectory, log, blocking, new PasswordChecker(crypt, blocking, log, PasswordPolicy.From(settings, crypt)), settings);
    }
}
