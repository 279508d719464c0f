// What a module under test is given.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Interop;

namespace Authd.Tests.Support;

/// <summary>Makes a worker's services without a worker.</summary>
public static class TestServices
{
    /// <summary>Services with the system's crypt() and an authdaemond.ini of the test's own.</summary>
    /// <param name="configDirectory">Where the module's files are.</param>
    /// <param name="log">Its log.</param>
    /// <param name="blocking">Where it may block, hashes included.</param>
    /// <param name="ini">The text of authdaemond.ini.</param>
    public static ModuleServices Create(string configDirectory, Log log, BlockingWork blocking, string ini = "") => new(
        configDirectory, log, blocking, new PasswordChecker(new SystemCrypt(), blocking, log),
        DaemonIni.Parse("x.ini", ini));
}
