using System.Security.Cryptography;
using Authd.Core.Passwords;

namespace Authd.Linux.Crypt;

/// <summary>Argon2i and Argon2id (RFC 9106) through libargon2, in the
/// manner of crypt(3). Safe to call from several threads at once.</summary>
internal static unsafe class Argon2
{
    /// <summary>The beginning of all settings.</summary>
    internal const string Mark = "$argon2";

    /// <summary>64 MiB, three passes, one thread: RFC 9106's choice for scarce memory, but with one lane, because libsodium
    /// cannot verify more.</summary>
    private const string UsualCosts = "m=65536,t=3,p=1$";

    private const int UsualSaltLength = 16;

    /// <summary>The hash of <paramref name="password"/> with the salt
    /// and costs in <paramref name="text"/>, or <c>null</c>.</summary>
    /// <exception cref="DllNotFoundException">libargon2 is not installed.</exception>
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
    /// <exception cref="DllNotFoundException">libargon2 is not installed.</exception>
    internal static string NewSetting(string prefix)
    {
        // A setting can be made without the library, but the caller relies on being able to hash with it.
        _ = LibArgon2.argon2_encodedlen(1, 8, 1, 8, 4, LibArgon2.Argon2id);
        return prefix + UsualCosts + LooseBase64.Encode(RandomNumberGenerator.GetBytes(UsualSaltLength));
    }
}
