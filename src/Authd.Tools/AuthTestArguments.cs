// The command line of authtest.
namespace Authd.Tools;

/// <summary>What authtest was asked for.</summary>
/// <param name="Service">The service to name; default <c>login</c>.</param>
/// <param name="PasswordsAsked">How many passwords come from standard input: 0, 1 or 2.</param>
/// <param name="Operands">User and passwords, at least the first.</param>
internal sealed record AuthTestArguments(string Service, int PasswordsAsked, string[] Operands)
{
    /// <summary>Reads the arguments; <c>null</c>: not to be understood.</summary>
    public static AuthTestArguments? Parse(string[] arguments)
    {
        string service = "login";
        int passwordsAsked = 0;
        int next = 0;
        while (next < arguments.Length && arguments[next].StartsWith('-'))
        {
            string option = arguments[next++];
            switch (option)
            {
                case "-":
                    return Make(service, passwordsAsked, arguments[next..]);
                case "-s":
                    service = arguments.ElementAtOrDefault(next++) ?? "";
                    break;
                case "-p" or "-n":
                    passwordsAsked = Math.Max(passwordsAsked, option == "-p" ? 1 : 2);
                    break;
                case ['-', 's', .. var attached]:
                    service = attached;
                    break;
                default:
                    return null;
            }
        }

        return Make(service, passwordsAsked, arguments[Math.Min(next, arguments.Length)..]);
    }

    private static AuthTestArguments? Make(string service, int passwordsAsked, string[] operands) =>
        operands.Length == 0 || (passwordsAsked > 0 && operands.Length > 1)
            ? null
            : new AuthTestArguments(service, passwordsAsked, operands);
}
