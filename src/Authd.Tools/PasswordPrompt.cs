namespace Authd.Tools;

/// <summary>Reads passwords from standard input as courier-authlib's tools do, without echo on a terminal. Prompts go to standard
/// error, and only to a terminal.</summary>
internal sealed class PasswordPrompt(ToolEnvironment environment)
{
    /// <summary>The longest password, bytes; the rest of its line is dropped.</summary>
    private const int MaxLength = 8191;

    /// <summary>One line; <c>null</c> at the end of input.</summary>
    public string? Ask()
    {
        using IDisposable? hidden = environment.HideInput();
        if (hidden is null)
        {
            return ReadLine();
        }

        string? password = ReadLine("Password: ");
        environment.Complain("\n");
        return password;
    }

    /// <summary>On a terminal, asks until the same text is entered twice; otherwise like <see cref="Ask"/>.</summary>
    public string? AskTwice()
    {
        using IDisposable? hidden = environment.HideInput();
        if (hidden is null)
        {
            return ReadLine();
        }

        while (ReadLine("Password: ") is { } first && ReadLine("\nReenter password: ") is { } second)
        {
            if (first == second)
            {
                environment.Complain("\n");
                return first;
            }

            environment.Complain("\nPasswords don't match.\n\n");
        }

        return null;
    }

    private string? ReadLine(string prompt)
    {
        environment.Complain(prompt);
        return ReadLine();
    }

    /// <summary>Reads a line up to its first NUL, as C would.</summary>
    private string? ReadLine() =>
        environment.ReadLine() is { } line ? line[..Math.Min(line.Length, MaxLength)].Split('\0')[0] : null;
}
