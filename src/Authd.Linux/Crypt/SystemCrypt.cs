// The system's crypt() and Argon2, for Authd.Core's password checks.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Passwords;
using Authd.Linux.Native;

namespace Authd.Linux.Crypt;

/// <summary>
/// The system's crypt(3) through libxcrypt, and Argon2 as if it were
/// one of its methods. Safe to call from several threads at once.
/// </summary>
public sealed unsafe class SystemCrypt : ISystemCrypt
{
    /// <inheritdoc/>
    public string? Crypt(ReadOnlySpan<byte> password, string setting)
    {
        if (setting.StartsWith(Argon2.Mark, StringComparison.Ordinal))
        {
            return Argon2.Crypt(password, setting);
        }

        // C would cut either text at a NUL, and so hash a different text.
        if (password.Contains((byte)0) || setting.Contains('\0'))
        {
            return null;
        }

        byte[] phrase = new byte[password.Length + 1];
        password.CopyTo(phrase);
        void* data = NativeMemory.AllocZeroed(LibCrypt.CryptDataSize);
        try
        {
            fixed (byte* p = phrase, s = CStrings.One(setting))
            {
                return ReadHash(LibCrypt.crypt_r(p, s, data));
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(phrase);
            CryptographicOperations.ZeroMemory(new Span<byte>(data, LibCrypt.CryptDataSize));
            NativeMemory.Free(data);
        }
    }

    /// <inheritdoc/>
    public string? NewSetting(string? prefix)
    {
        try
        {
            return prefix?.StartsWith(Argon2.Mark, StringComparison.Ordinal) == true
                ? Argon2.NewSetting(prefix)
                : Gensalt(prefix);
        }
        catch (DllNotFoundException)
        {
            // A method whose library is missing is unknown to the system.
            return null;
        }
    }

    private static string? Gensalt(string? prefix)
    {
        byte* output = stackalloc byte[LibCrypt.GensaltOutputSize];
        fixed (byte* p = prefix is null ? null : CStrings.One(prefix))
        {
            // Cost 0 is the method's default; without random bytes of ours, libxcrypt takes the kernel's.
            return Read(LibCrypt.crypt_gensalt_rn(p, new CULong(0), null, 0, output, LibCrypt.GensaltOutputSize));
        }
    }

    /// <summary>libxcrypt reports failure as a text that no method produces: <c>*0</c> or <c>*1</c>.</summary>
    private static string? ReadHash(byte* text) => Read(text) is { } hash && !hash.StartsWith('*') ? hash : null;

    private static string? Read(byte* text) =>
        text == null ? null : WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
