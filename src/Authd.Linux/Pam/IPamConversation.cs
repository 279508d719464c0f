namespace Authd.Linux.Pam;

/// <summary>The application's side of a PAM conversation. It is called from inside libpam and must not throw.</summary>
public interface IPamConversation
{
    /// <summary>The answer to a prompt, without a NUL in it.</summary>
    /// <param name="echo">The answer is not a secret: the module asks for a name.</param>
    /// <param name="prompt">The module's words, as wire text.</param>
    ReadOnlySpan<byte> Answer(bool echo, string prompt);

    /// <summary>Takes a message from a module; wire text.</summary>
    void Show(string text);
}
