// libmariadb (MariaDB Connector/C 3): declarations as in <mysql.h>. All of its structures are opaque.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;

namespace Authd.Linux.Mariadb;

/// <summary>
/// Connector/C's functions, by their C names. MYSQL* and MYSQL_RES* are opaque. A call that ends in <c>_start</c> returns zero
/// when it is done, or else the events to wait for before <c>_cont</c>.
/// </summary>
internal static unsafe partial class LibMariadb
{
    /// <summary>enum mysql_option.</summary>
    public const int MYSQL_OPT_CONNECT_TIMEOUT = 0;
    public const int MYSQL_OPT_LOCAL_INFILE = 8;
    public const int MYSQL_OPT_READ_TIMEOUT = 11;
    public const int MYSQL_OPT_WRITE_TIMEOUT = 12;
    public const int MYSQL_OPT_NONBLOCK = 6000;

    /// <summary>The events that a non-blocking call waits for.</summary>
    public const int MYSQL_WAIT_READ = 1;
    public const int MYSQL_WAIT_WRITE = 2;
    public const int MYSQL_WAIT_EXCEPT = 4;
    public const int MYSQL_WAIT_TIMEOUT = 8;

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
    public static partial nint mysql_stmt_init(nint mysql);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial int mysql_stmt_prepare(nint statement, byte* query, CULong length);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_stmt_field_count(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial uint mysql_stmt_errno(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte* mysql_stmt_error(nint statement);

    [LibraryImport(OnDemandLibrary.Mariadb)]
    public static partial byte mysql_stmt_close(nint statement);

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
}
