// Argon2 (RFC 9106) in the manner of crypt(3): a setting goes in, the text to store or to compare comes out.
using System.Security.Cryptography;
using Authd.Core.Passwords;

namespace Authd.Interop;

/// <summary>Argon2i and Argon2id through libargon2. Safe to call from several threads at once.</summary>
internal static unsafe class Argon2
{
    /// <summary>What all settings begin with.</summary>
    internal const string Mark = "$argon2";

    /// <summary>64 MiB, three passes, one thread: RFC 9106's choice for where memory is scarce, without its lanes, which
    /// libsodium's users could not verify.</summary>
    private const string UsualCosts = "m=65536,t=3,p=1$";

    private const int UsualSaltLength = 16;

    /// <summary>The text for <paramref name="password"/> under <paramref name="text"/>'s salt and costs, or <c>null</c>.</summary>
    /// <exception cref="DllNotFoundException">There is no libargon2.</exception>
    internal static string? Crypt(ReadOnlySpan<byte> password, string text)
    {
        if (Argon2Setting.TryParse(text) is not { } setting)
        {
            return null;
        }

        byte[] hash = new byte[setting.HashLength];
        fixed (byte* p = password, s = setting.Salt, h = hash)
        {
            int result = LibArgon2.argon2_hash(
                setting.Passes, setting.Memory, setting.Lanes, p, (nuint)password.Length, s, (nuint)setting.Salt.Length,
                h, (nuint)hash.Length, null, 0, setting.Type, setting.Version);
            return result == LibArgon2.ARGON2_OK ? $"{setting.Text}${LooseBase64.Encode(hash)}" : null;
        }
    }

    /// <summary>A fresh setting for <c>$argon2id$v=19$</c> or <c>$argon2i$v=19$</c>.</summary>
    /// <exception cref="DllNotFoundException">There is no libargon2.</exception>
    internal static string NewSetting(string prefix)
    {
        // The setting itself takes no library; what is promised is that a password can be hashed with it.
        _ = LibArgon2.argon2_encodedlen(1, 8, 1, 8, 4, LibArgon2.Argon2id);
        return prefix + UsualCosts + LooseBase64.Encode(RandomNumberGenerator.GetBytes(UsualSaltLength));
    }
}
