// authtest: asks the daemon about one account and shows the answer.
using Authd.Core;

namespace Authd.Tools;

/// <summary><c>authtest [-s service] userid [ password [ newpassword ] ]</c>, with courier-authlib's output.</summary>
public static class AuthTest
{
    private const string Usage = "Usage: authtest [-s service] userid [ password [ newpassword ] ]\n";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">Wire text. <c>-p</c> and <c>-n</c>, which the C tool lacks, read the password (for
    /// <c>-n</c> the new one too) from standard input, out of other users' sight.</param>
    /// <param name="environment">The process.</param>
    /// <returns>Exit code: 0 success, 1 anything else.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        if (AuthTestArguments.Parse(arguments) is not { } parsed)
        {
            environment.Complain(Usage);
            return 1;
        }

        try
        {
            Act(parsed.Service, Operands(parsed, environment), environment);
            return 0;
        }
        catch (AuthClientException e)
        {
            environment.Complain($"Authentication FAILED: {e.Message}\n");
            return 1;
        }
    }

    /// <summary>User and, as far as given or asked for, old and new password.</summary>
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
