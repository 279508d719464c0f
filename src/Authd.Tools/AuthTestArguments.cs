namespace Authd.Tools;

/// <summary>The parsed command line of authtest.</summary>
/// <param name="Service">The service; <c>login</c> by default.</param>
/// <param name="PasswordsAsked">The number of passwords to read from standard input: 0, 1 or 2.</param>
/// <param name="Operands">User and passwords, at least the first.</param>
/// <param name="Explains">Explains the request instead of showing the answer.</param>
/// <param name="ShowsSecrets">The explanation includes passwords and hashes.</param>
internal sealed record AuthTestArguments(
    string Service, int PasswordsAsked, string[] Operands, bool Explains = false, bool ShowsSecrets = false)
{
    /// <summary>Reads the arguments; <c>null</c>: they are invalid.</summary>
    public static AuthTestArguments? Parse(string[] arguments)
    {
        string service = "login";
        int passwordsAsked = 0;
        int next = 0;
        bool explains = false;
        bool showsSecrets = false;
        while (next < arguments.Length && arguments[next].StartsWith('-'))
        {
            string option = arguments[next++];
            switch (option)
            {
                case "-":
                    return Make(service, passwordsAsked, arguments[next..], explains, showsSecrets);
                case "--explain":
                    explains = true;
                    break;
                case "-v":
                    showsSecrets = true;
                    break;
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

        return MisplacedOption(arguments) is not null ? null : Make(service, passwordsAsked, arguments[Math.Min(next, arguments.Length)..], explains, showsSecrets);
    }

    /// <summary>
    /// An option after the name, or <c>null</c>: <c>authtest john -s imap</c> would change john's password to imap. After a
    /// leading <c>-</c> alone, all arguments are names or passwords.
    /// </summary>
    public static string? MisplacedOption(string[] arguments)
    {
        int next = 0;
        while (next < arguments.Length && arguments[next].StartsWith('-'))
        {
            if (arguments[next] == "-")
            {
                return null;
            }

            next += arguments[next] == "-s" ? 2 : 1;
        }

        return arguments.Skip(next + 1).FirstOrDefault(static argument => argument is "-s" or "-p" or "-n" or "-v" or "--explain");
    }

    private static AuthTestArguments? Make(
        string service, int passwordsAsked, string[] operands, bool explains, bool showsSecrets) =>
        operands.Length == 0 || (passwordsAsked > 0 && operands.Length > 1)
            || (explains ? passwordsAsked > 1 || operands.Length > 2 : showsSecrets)
            ? null
            : new AuthTestArguments(service, passwordsAsked, operands, explains, showsSecrets);
}
