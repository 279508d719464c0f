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

    /// <summary>Linux-PAM.</summary>
    public const string Pam = "libpam";

    /// <summary>libargon2.</summary>
    public const string Argon2 = "libargon2";

    /// <summary>The sonames of each library, the one to prefer first.</summary>
    private static string[] SonamesOf(string name) => name switch
    {
        // .1 on Debian, .2 on systems whose libxcrypt left glibc's old interface out.
        Crypt => ["libcrypt.so.1", "libcrypt.so.2"],
        Pam => ["libpam.so.0"],
        Argon2 => ["libargon2.so.1"],
        _ => [],
    };

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A static constructor need not run before a P/Invoke.")]
    internal static void Install() => NativeLibrary.SetDllImportResolver(typeof(OnDemandLibrary).Assembly, Open);

    private static nint Open(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        foreach (string soname in SonamesOf(name))
        {
            if (NativeLibrary.TryLoad(soname, out nint handle))
            {
                if (name == Pam)
                {
                    // Not every PAM module names libpam as what it needs: its functions are always there for login(1).
                    Libc.dlopen(soname, Libc.RTLD_LAZY | Libc.RTLD_GLOBAL);
                }

                return handle;
            }
        }

        // Zero leaves the name to the runtime: libc, or its DllNotFoundException.
        return 0;
    }
}
