using Authd.Core;
using Authd.Linux.Pam;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The answers to PAM modules during a login: the user's name for prompts that echo, the password for the others, as
/// often as they ask.</summary>
/// <param name="request">Name and password.</param>
/// <param name="show">Takes the modules' messages.</param>
public sealed class LoginConversation(PamRequest request, Action<string> show) : IPamConversation
{
    private readonly byte[] _user = WireText.ToBytes(request.User);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Answer(bool echo, string prompt) => echo ? _user : request.Password;

    /// <inheritdoc/>
    public void Show(string text) => show(text);
}
