// libcrypt (libxcrypt): declarations as in <crypt.h>.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;

namespace Authd.Linux.Crypt;

/// <summary>libxcrypt's functions, by their C names.</summary>
internal static unsafe partial class LibCrypt
{
    /// <summary>sizeof(struct crypt_data), bytes.</summary>
    public const int CryptDataSize = 32768;

    /// <summary>CRYPT_GENSALT_OUTPUT_SIZE, bytes.</summary>
    public const int GensaltOutputSize = 192;

    [LibraryImport(OnDemandLibrary.Crypt)]
    public static partial byte* crypt_r(byte* phrase, byte* setting, void* data);

    [LibraryImport(OnDemandLibrary.Crypt)]
    public static partial byte* crypt_gensalt_rn(
        byte* prefix, CULong count, byte* rbytes, int nrbytes, byte* output, int outputSize);
}
