using Authd.Core;
using Authd.Linux.Pam;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>
/// The answers to PAM modules during a password change: the old password once, then the new one. PAM does not distinguish prompts
/// for the old password from those for the new one. The words decide where they are Linux-PAM's or the usual ones ("Current
/// password: ", "New password: ", "Retype new password: "; this process never leaves the C locale); otherwise the usual order of
/// passwd(1) does.
/// </summary>
/// <param name="request">Name and both passwords.</param>
/// <param name="show">Takes the modules' messages.</param>
public sealed class ChangeConversation(PamRequest request, Action<string> show) : IPamConversation
{
    private static readonly string[] WordsForNew = ["new", "retype", "re-type", "reenter", "re-enter", "again", "confirm", "verify"];
    private static readonly string[] WordsForOld = ["current", "old", "existing"];

    private readonly byte[] _user = WireText.ToBytes(request.User);
    private bool _askedBefore;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Answer(bool echo, string prompt)
    {
        if (echo)
        {
            return _user;
        }

        bool wantsNew = Holds(prompt, WordsForNew) || (_askedBefore && !Holds(prompt, WordsForOld));
        _askedBefore = true;
        return wantsNew ? request.NewPassword : request.Password;
    }

    /// <inheritdoc/>
    public void Show(string text) => show(text);

    private static bool Holds(string prompt, string[] words) =>
        words.Any(word => prompt.Contains(word, StringComparison.OrdinalIgnoreCase));
}
