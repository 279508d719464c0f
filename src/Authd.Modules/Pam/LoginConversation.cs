// What modules are told when somebody logs in.
using Authd.Core;
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>The user's name for prompts that echo, the password for those that do not, as often as they ask.</summary>
/// <param name="request">Name and password.</param>
/// <param name="show">Takes what modules have to tell.</param>
public sealed class LoginConversation(PamRequest request, Action<string> show) : IPamConversation
{
    private readonly byte[] _user = WireText.ToBytes(request.User);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Answer(bool echo, string prompt) => echo ? _user : request.Password;

    /// <inheritdoc/>
    public void Show(string text) => show(text);
}
