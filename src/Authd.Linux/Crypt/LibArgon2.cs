// libargon2: declarations as in <argon2.h>.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;

namespace Authd.Linux.Crypt;

/// <summary>libargon2's functions, by their C names.</summary>
internal static unsafe partial class LibArgon2
{
    /// <summary>Result of a call that succeeded.</summary>
    public const int ARGON2_OK = 0;

    /// <summary>Argon2_i.</summary>
    public const int Argon2i = 1;

    /// <summary>Argon2_id.</summary>
    public const int Argon2id = 2;

    [LibraryImport(OnDemandLibrary.Argon2)]
    public static partial int argon2_hash(
        uint passes, uint memory, uint lanes, byte* password, nuint passwordLength, byte* salt, nuint saltLength,
        byte* hash, nuint hashLength, byte* encoded, nuint encodedLength, int type, uint version);

    [LibraryImport(OnDemandLibrary.Argon2)]
    public static partial nuint argon2_encodedlen(
        uint passes, uint memory, uint lanes, uint saltLength, uint hashLength, int type);
}
