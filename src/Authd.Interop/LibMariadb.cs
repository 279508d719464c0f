// libmariadb (MariaDB Connector/C 3): declarations as in <mysql.h>, and what of its structures is looked into.
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>
/// Connector/C's functions, by their C names. MYSQL*, MYSQL_RES* and MYSQL_STMT* are opaque. A call that ends in <c>_start</c>
/// gives zero when it is over, or else what to wait for before <c>_cont</c>.
/// </summary>
internal static unsafe partial class LibMariadb
{
    /// <summary>enum mysql_option.</summary>
    public const int MYSQL_OPT_CONNECT_TIMEOUT = 0;
    public const int MYSQL_OPT_LOCAL_INFILE = 8;
    public const int MYSQL_OPT_READ_TIMEOUT = 11;
    public const int MYSQL_OPT_WRITE_TIMEOUT = 12;
    public const int MYSQL_OPT_NONBLOCK = 6000;

    /// <summary>What a call that does not block waits for.</summary>
    public const int MYSQL_WAIT_READ = 1;
    public const int MYSQL_WAIT_WRITE = 2;
    public const int MYSQL_WAIT_EXCEPT = 4;
    public const int MYSQL_WAIT_TIMEOUT = 8;

    /// <summary>Results of mysql_stmt_fetch().</summary>
    public const int MYSQL_NO_DATA = 100;
    public const int MYSQL_DATA_TRUNCATED = 101;

    /// <summary>A column's numbers are filled up with zeros.</summary>
    public const uint ZEROFILL_FLAG = 64;

    /// <summary>enum enum_field_types.</summary>
    public const int MYSQL_TYPE_TINY = 1;
    public const int MYSQL_TYPE_SHORT = 2;
    public const int MYSQL_TYPE_LONG = 3;
    public const int MYSQL_TYPE_NULL = 6;
    public const int MYSQL_TYPE_LONGLONG = 8;
    public const int MYSQL_TYPE_INT24 = 9;
    public const int MYSQL_TYPE_VARCHAR = 15;
    public const int MYSQL_TYPE_NEWDECIMAL = 246;
    public const int MYSQL_TYPE_VAR_STRING = 253;
    public const int MYSQL_TYPE_STRING = 254;

    /// <summary>MYSQL_BIND.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 112)]
    public struct Bind
    {
        [FieldOffset(0)]
        public nuint* Length;

        [FieldOffset(8)]
        public byte* IsNull;

        [FieldOffset(16)]
        public byte* Buffer;

        [FieldOffset(24)]
        public byte* Error;

        [FieldOffset(64)]
        public nuint BufferLength;

        [FieldOffset(96)]
        public int BufferType;
    }

    /// <summary>MYSQL_FIELD.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct Field
    {
        [FieldOffset(100)]
        public uint Flags;

        [FieldOffset(112)]
        public int Type;
    }

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_server_init(int count, byte** arguments, byte** groups);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial nint mysql_init(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_options(nint mysql, int option, void* value);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_ssl_set(nint mysql, byte* key, byte* cert, byte* ca, byte* capath, byte* cipher);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial nint mysql_real_connect(
        nint mysql, byte* host, byte* user, byte* password, byte* database, uint port, byte* socket, CULong flags);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_select_db(nint mysql, byte* database);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_set_character_set(nint mysql, byte* name);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte* mysql_character_set_name(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial CULong mysql_get_client_version();

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial CULong mysql_get_server_version(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte* mysql_get_server_info(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte* mysql_get_ssl_cipher(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_get_socket(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_real_query(nint mysql, byte* query, CULong length);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial nint mysql_store_result(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial nint mysql_use_result(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_next_result(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_field_count(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial ulong mysql_affected_rows(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_num_fields(nint result);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte** mysql_fetch_row(nint result);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial CULong* mysql_fetch_lengths(nint result);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial void mysql_free_result(nint result);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_errno(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte* mysql_error(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial void mysql_close(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_more_results(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_real_query_start(int* answer, nint mysql, byte* query, CULong length);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_real_query_cont(int* answer, nint mysql, int happened);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_store_result_start(nint* answer, nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_store_result_cont(nint* answer, nint mysql, int happened);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_next_result_start(int* answer, nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_next_result_cont(int* answer, nint mysql, int happened);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial Field* mysql_fetch_fields(nint result);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial nint mysql_stmt_init(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_prepare_start(int* answer, nint statement, byte* query, CULong length);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_prepare_cont(int* answer, nint statement, int happened);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial CULong mysql_stmt_param_count(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_stmt_field_count(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial nint mysql_stmt_result_metadata(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_stmt_bind_param(nint statement, Bind* parameters);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_stmt_bind_result(nint statement, Bind* columns);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_execute_start(int* answer, nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_execute_cont(int* answer, nint statement, int happened);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_store_result_start(int* answer, nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_store_result_cont(int* answer, nint statement, int happened);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_fetch(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial void mysql_stmt_data_seek(nint statement, ulong row);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_stmt_free_result(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_stmt_close(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_stmt_errno(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte* mysql_stmt_error(nint statement);
}
