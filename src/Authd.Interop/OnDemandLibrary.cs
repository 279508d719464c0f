// Opens optional C libraries on first use, under whichever soname this system has.
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>
/// Finds the library behind the short name that a <c>LibraryImport</c> gives. When none of its sonames can be opened, the
/// first call throws <see cref="DllNotFoundException"/>.
/// </summary>
internal static class OnDemandLibrary
{
    /// <summary>libxcrypt.</summary>
    public const string Crypt = "libcrypt";

    /// <summary>MariaDB Connector/C.</summary>
    public const string Mariadb = "libmariadb";

    /// <summary>SQLite 3.</summary>
    public const string Sqlite = "libsqlite3";

    /// <summary>LMDB.</summary>
    public const string Lmdb = "liblmdb";

    /// <summary>Whether a library can be opened here.</summary>
    public static bool IsInstalled(string name)
    {
        nint handle = Open(name);
        if (handle != 0)
        {
            NativeLibrary.Free(handle);
        }

        return handle != 0;
    }

    /// <summary>The sonames of each library, the one to prefer first.</summary>
    private static string[] SonamesOf(string name) => name switch
    {
        // .1 on Debian, .2 on systems whose libxcrypt left glibc's old interface out.
        Crypt => ["libcrypt.so.1", "libcrypt.so.2"],
        Mariadb => ["libmariadb.so.3"],
        Sqlite => ["libsqlite3.so.0"],
        Lmdb => ["liblmdb.so.0"],
        _ => [],
    };

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A static constructor need not run before a P/Invoke.")]
    internal static void Install() => NativeLibrary.SetDllImportResolver(typeof(OnDemandLibrary).Assembly, Open);

    // Zero leaves the name to the runtime: libc, or its DllNotFoundException.
    private static nint Open(string name, Assembly assembly, DllImportSearchPath? searchPath) => Open(name);

    private static nint Open(string name)
    {
        foreach (string soname in SonamesOf(name))
        {
            if (NativeLibrary.TryLoad(soname, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }
}
