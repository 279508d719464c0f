// What a module under test is given.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Interop;

namespace Authd.Tests.Unit.Modules;

internal static class TestServices
{
    /// <summary>Services with the system's crypt() and an authdaemond.ini of the test's own.</summary>
    public static ModuleServices Create(string configDirectory, Log log, BlockingWork blocking, string ini = "") => new(
        configDirectory, log, blocking, new PasswordChecker(new SystemCrypt(), blocking, log),
        DaemonIni.Parse("x.ini", ini));
}
