using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Authd.Linux.Files;
using Tmds.Linux;

namespace Authd.Linux.Libraries;

/// <summary>
/// Opens optional C libraries on first use, by the short name in a <c>LibraryImport</c>, under whichever soname this system has.
/// When none of the sonames can be opened, the first call throws <see cref="DllNotFoundException"/>.
/// </summary>
public static unsafe class OnDemandLibrary
{
    /// <summary>libxcrypt.</summary>
    public const string Crypt = "libcrypt";

    /// <summary>Linux-PAM.</summary>
    public const string Pam = "libpam";

    /// <summary>libargon2.</summary>
    public const string Argon2 = "libargon2";

    /// <summary>OpenLDAP's client library.</summary>
    public const string Ldap = "libldap";

    /// <summary>MariaDB Connector/C.</summary>
    public const string Mariadb = "libmariadb";

    /// <summary>SQLite 3.</summary>
    public const string Sqlite = "libsqlite3";

    /// <summary>LMDB.</summary>
    public const string Lmdb = "liblmdb";

    /// <summary>The reason why a library cannot be opened here, with its sonames; <c>null</c>: it can be opened.</summary>
    public static string? LoadError(string name)
    {
        nint handle = Open(name);
        if (handle == 0)
        {
            return $"{string.Join(" or ", SonamesOf(name))} is not installed";
        }

        NativeLibrary.Free(handle);
        return null;
    }

    /// <summary>The address of a variable of libldap's or liblber's; 0: no such variable.</summary>
    internal static nint FindLdap(string name) => NativeLibrary.TryGetExport(Open(Ldap), name, out nint address) ? address : 0;

    /// <summary>The sonames of each library, the preferred one first.</summary>
    private static string[] SonamesOf(string name) => name switch
    {
        // .1 on Debian, .2 on systems whose libxcrypt left glibc's old interface out.
        Crypt => ["libcrypt.so.1", "libcrypt.so.2"],
        Pam => ["libpam.so.0"],
        Argon2 => ["libargon2.so.1"],
        // 2.5 as Debian 12 names it, 2.6, and of 2.4 the build for programs with threads where both exist.
        Ldap => ["libldap-2.5.so.0", "libldap.so.2", "libldap_r-2.4.so.2", "libldap-2.4.so.2"],
        Mariadb => ["libmariadb.so.3"],
        Sqlite => ["libsqlite3.so.0"],
        Lmdb => ["liblmdb.so.0"],
        _ => [],
    };

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A static constructor need not run before a P/Invoke.")]
    internal static void Install() => NativeLibrary.SetDllImportResolver(typeof(OnDemandLibrary).Assembly, Open);

    private static nint Open(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (SonamesOf(name) is [])
        {
            return 0; // libc: left to the runtime.
        }

        nint handle = Open(name);
        if (handle == 0)
        {
            // The runtime's own message about a missing library is ten lines long.
            throw new DllNotFoundException(LoadError(name));
        }

        if (name == Pam)
        {
            // Not every PAM module is linked against libpam: login(1) always has its functions loaded.
            fixed (byte* soname = FileStamp.Name(SonamesOf(Pam)[0]))
            {
                LibC.dlopen(soname, LibC.RTLD_LAZY | LibC.RTLD_GLOBAL);
            }
        }

        return handle;
    }

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
