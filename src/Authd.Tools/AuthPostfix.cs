using Authd.Modules.PostfixRelay;

namespace Authd.Tools;

/// <summary><c>authpostfix</c> records one login, for scripts and programs that authenticate without the daemon. AUTHENTICATED,
/// TCPREMOTEIP and LOGINDB are in the environment.</summary>
public static class AuthPostfix
{
    /// <summary>Runs the command.</summary>
    /// <returns>Exit code: 0 if the login is recorded or there is nothing to record (no authenticated user, no address); 1 with
    /// the reason on standard error.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        if (arguments.Length > 0)
        {
            environment.Complain("Usage: AUTHENTICATED=user TCPREMOTEIP=address LOGINDB=type:name authpostfix\n");
            return 1;
        }

        if (string.IsNullOrEmpty(environment.Variable("AUTHENTICATED"))
            || RelayAddress.Parse(environment.Variable("TCPREMOTEIP")) is not { } address)
        {
            return 0;
        }

        return TableCommand.Run(
            "authpostfix",
            environment.Variable(PostfixModule.TableVariable) ?? "",
            table => table.Record([new Login(address.Text, LoginTime.Now)]),
            environment);
    }
}
