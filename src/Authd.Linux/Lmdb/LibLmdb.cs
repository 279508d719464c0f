// liblmdb 0.9: declarations as in <lmdb.h>.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;

namespace Authd.Linux.Lmdb;

/// <summary>LMDB's functions, by their C names. MDB_env*, MDB_txn* and MDB_cursor* are opaque.</summary>
internal static unsafe partial class LibLmdb
{
    public const uint MDB_NOSUBDIR = 0x4000;
    public const uint MDB_NOLOCK = 0x400000;
    public const int MDB_NOTFOUND = -30798;

    /// <summary>enum MDB_cursor_op.</summary>
    public const int MDB_NEXT = 8;

    /// <summary>MDB_val.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Value
    {
        public nuint Size;
        public byte* Data;
    }

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial byte* mdb_strerror(int error);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_env_create(out nint environment);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_env_set_mapsize(nint environment, nuint size);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_env_open(nint environment, byte* path, uint flags, uint mode);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial void mdb_env_close(nint environment);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_txn_begin(nint environment, nint parent, uint flags, out nint transaction);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_txn_commit(nint transaction);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial void mdb_txn_abort(nint transaction);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_dbi_open(nint transaction, byte* name, uint flags, out uint database);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_get(nint transaction, uint database, Value* key, Value* value);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_put(nint transaction, uint database, Value* key, Value* value, uint flags);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_cursor_open(nint transaction, uint database, out nint cursor);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial void mdb_cursor_close(nint cursor);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_cursor_get(nint cursor, Value* key, Value* value, int operation);

    [LibraryImport(OnDemandLibrary.Lmdb)]
    public static partial int mdb_cursor_del(nint cursor, uint flags);
}
