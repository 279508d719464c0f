// The system's crypt(3) for Core; Authd.Linux supplies the implementation.
namespace Authd.Core.Passwords;

/// <summary>
/// crypt(3) and crypt_gensalt(3) of the system (libxcrypt), and Argon2
/// as one more method. Both block: call them off the event loop.
/// </summary>
public interface ISystemCrypt
{
    /// <summary>Hashes <paramref name="password"/> with
    /// <paramref name="setting"/>; <c>null</c> when the system refuses.</summary>
    /// <exception cref="DllNotFoundException">The library for this method is not installed.</exception>
    string? Crypt(ReadOnlySpan<byte> password, string setting);

    /// <summary>A new setting with random salt for <paramref name="prefix"/> (<c>$6$</c>,
    /// <c>$y$</c>, ...) at the system's default cost, or <c>null</c> when the system does
    /// not know the method. Without a prefix: for the system's preferred method.</summary>
    string? NewSetting(string? prefix);
}
