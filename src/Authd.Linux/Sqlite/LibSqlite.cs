// libsqlite3: declarations as in <sqlite3.h>.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;

namespace Authd.Linux.Sqlite;

/// <summary>SQLite's functions, by their C names. sqlite3* and sqlite3_stmt* are opaque.</summary>
internal static unsafe partial class LibSqlite
{
    public const int SQLITE_OK = 0;
    public const int SQLITE_BUSY = 5;
    public const int SQLITE_LOCKED = 6;
    public const int SQLITE_INTERRUPT = 9;
    public const int SQLITE_CANTOPEN = 14;
    public const int SQLITE_ROW = 100;
    public const int SQLITE_DONE = 101;
    public const int SQLITE_STMTSTATUS_VM_STEP = 4;
    public const int SQLITE_OPEN_READONLY = 1;
    public const int SQLITE_OPEN_READWRITE = 2;
    public const int SQLITE_OPEN_URI = 0x40;
    public const int SQLITE_OPEN_NOMUTEX = 0x8000;
    public const int SQLITE_OPEN_NOFOLLOW = 0x01000000; // since 3.31, ignored before

    /// <summary>The library copies the bytes.</summary>
    public const nint SQLITE_TRANSIENT = -1;

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_open_v2(byte* path, out nint database, int flags, byte* vfs);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_close_v2(nint database);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_busy_timeout(nint database, int milliseconds);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial void sqlite3_progress_handler(nint database, int steps, delegate* unmanaged[Cdecl]<void*, int> handler, void* context);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_stmt_readonly(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_stmt_status(nint statement, int counter, int reset);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial void sqlite3_interrupt(nint database);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_get_autocommit(nint database);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_total_changes(nint database);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial byte* sqlite3_errmsg(nint database);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_prepare_v2(nint database, byte* sql, int length, out nint statement, out byte* tail);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_finalize(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_reset(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_clear_bindings(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_bind_parameter_count(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_bind_text(nint statement, int number, byte* text, int length, nint destructor);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_step(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_column_count(nint statement);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial byte* sqlite3_column_text(nint statement, int column);

    [LibraryImport(OnDemandLibrary.Sqlite)]
    public static partial int sqlite3_column_bytes(nint statement, int column);
}
