// authpostfix: records one login, for scripts and programs that authenticate without the daemon.
using Authd.Modules.Postfix;

namespace Authd.Tools;

/// <summary><c>authpostfix</c>, with AUTHENTICATED, TCPREMOTEIP and LOGINDB in the environment.</summary>
public static class AuthPostfix
{
    /// <summary>Runs the command.</summary>
    /// <returns>Exit code: 0 recorded, or nothing to record (nobody is authenticated, no address); 1 with the reason on
    /// standard error.</returns>
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
