using Authd.Core;

namespace Authd.Tools;

/// <summary><c>authtest [-s service] userid [ password [ newpassword ] ]</c> asks the daemon about one account, with
/// courier-authlib's output.</summary>
public static class AuthTest
{
    private const string Usage = "Usage: authtest [-s service] userid [ password [ newpassword ] ]\n";
    private const string ExplainUsage = "       authtest --explain [-v] [-s service] userid [ password ]\n";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">Wire text. <c>-p</c> and <c>-n</c>, which the C tool lacks, read the password (and for <c>-n</c>
    /// the new one) from standard input, hidden from other users.</param>
    /// <param name="environment">The process.</param>
    /// <param name="explain">Has the daemon explain a request: flags, service, user, password or <c>null</c>.</param>
    /// <returns>Exit code: 0 success, 1 anything else.</returns>
    public static int Run(
        string[] arguments, ToolEnvironment environment, Func<string, string, string, string?, string>? explain = null)
    {
        if (AuthTestArguments.Parse(arguments) is not { } parsed || (parsed.Explains && explain is null))
        {
            if (AuthTestArguments.MisplacedOption(arguments) is { } option)
            {
                environment.Complain($"authtest: {option} behind the userid: options come first; "
                    + "if it is a password, write: authtest - userid password\n");
            }

            environment.Complain(Usage + (arguments.Contains("--explain") ? ExplainUsage : ""));
            return 1;
        }

        try
        {
            if (parsed.Explains)
            {
                string[] operands = Operands(parsed, environment);
                string flags = parsed.ShowsSecrets ? "v" : "";
                environment.Print(explain!(flags, parsed.Service, operands[0], operands.ElementAtOrDefault(1)));
                return 0;
            }

            Act(parsed.Service, Operands(parsed, environment), environment);
            return 0;
        }
        catch (AuthClientException e)
        {
            environment.Complain($"Authentication FAILED: {e.Message}\n");
            return 1;
        }
    }

    /// <summary>The user, and the old and the new password as far as they are given or asked for.</summary>
    private static string[] Operands(AuthTestArguments parsed, ToolEnvironment environment)
    {
        if (parsed.PasswordsAsked == 0)
        {
            return parsed.Operands;
        }

        PasswordPrompt prompt = new(environment);
        string?[] passwords = [prompt.Ask(), parsed.PasswordsAsked > 1 ? prompt.AskTwice() : ""];
        return passwords.Contains(null)
            ? throw new AuthClientException(AuthClientException.Inexpressible)
            : [parsed.Operands[0], .. passwords[..parsed.PasswordsAsked]!];
    }

    private static void Act(string service, string[] operands, ToolEnvironment environment)
    {
        AuthClient client = new(environment, environment.Variable("TCPREMOTEIP") ?? "::1");
        switch (operands)
        {
            case [var user]:
                environment.Print(Describe(client.Lookup(service, user)));
                break;
            case [var user, var password]:
                environment.Print(Describe(client.Login(service, user, password)));
                break;
            default:
                client.ChangePassword(service, operands[0], operands[1], operands[2]);
                environment.Complain("Password change succeeded.\n");
                break;
        }
    }

    private static string Describe(Account account) =>
        $"""
        Authentication succeeded.

             Authenticated: {Shown(account.Address)}  {Identity(account)}
            Home Directory: {account.Home}
                   Maildir: {Shown(account.Maildir)}
                     Quota: {Shown(account.Quota)}
        Encrypted Password: {Shown(account.StoredPassword)}
        Cleartext Password: {Shown(account.ClearPassword)}
                   Options: {Shown(account.Options)}

        """;

    private static string Identity(Account account) => account switch
    {
        { SystemUser: { } name } => $"(system username: {name})",
        { Uid: { } uid } => $"(uid {uid}, gid {account.Gid})",
        _ => "(*** UID/GID initialization error***)",
    };

    private static string Shown(string? value) => value ?? "(none)";
}
