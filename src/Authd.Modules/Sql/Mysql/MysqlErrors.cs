using Authd.Linux.Mariadb;

namespace Authd.Modules.Sql.Mysql;

/// <summary>Classifies failures by the error numbers of MariaDB and MySQL ("Server Error Codes", "Client Error Codes").</summary>
internal static class MysqlErrors
{
    private const uint FirstClientError = 2000;
    private const uint EndOfClientErrors = 3000;

    /// <summary>The connection is unusable.</summary>
    public static bool IsOfConnection(MariadbException failure) => failure.Code is

        // The client's own: server has gone away, lost connection, malformed packet. 0: unknown.
        0 or (>= FirstClientError and < EndOfClientErrors)

        // Shutdown in progress; forced close; the six of the network; killed; idle for too long (MySQL).
        or 1053 or 1080 or (>= 1156 and <= 1161) or 1184 or 1927 or 4031;

    /// <summary>
    /// Perhaps only the prepared form fails: wrong arguments, unknown statement (a proxy in between has forgotten it), not
    /// supported, collations that do not mix, too many failed preparations.
    /// </summary>
    public static bool IsOfPreparation(MariadbException failure) =>
        failure.Code is 1210 or 1243 or 1267 or 1270 or 1271 or 1295 or 1615;

    /// <summary>The exception for a failed statement.</summary>
    public static SqlFailureException Statement(MariadbException failure, SqlValues values) =>
        new(Trouble(failure, values), failure.Message) { Code = $"error {failure.Code}", NamesOnly = SpeaksOfNames(failure) };

    /// <summary>
    /// Rights (1044 and so on), missing tables, columns and functions, columns that are too narrow or refuse NULL, read-only
    /// objects, locks and time limits, foreign keys and CHECKs: no message of these numbers quotes a value.
    /// </summary>
    private static bool SpeaksOfNames(MariadbException failure) => failure.Code is
        1044 or 1045 or 1046 or 1048 or 1049 or 1052 or 1054 or 1099 or 1100 or 1142 or 1143 or 1146 or 1205 or 1213 or 1227
        or 1264 or 1265 or 1290 or 1305 or 1364 or 1370 or 1406 or 1451 or 1452 or 1969 or 3024 or 3819 or 4025;

    /// <summary>The kind of a failed statement's error.</summary>
    private static SqlErrorKind Trouble(MariadbException failure, SqlValues values) => failure.Code switch
    {
        _ when IsOfConnection(failure) => SqlErrorKind.Connection,

        // Data too long for a column; a CHECK (MySQL, MariaDB).
        1406 or 3819 or 4025 => SqlErrorKind.Width,

        // Truncated or incorrect value: of any type, of an integer, of a date (for a function too); of a double; out of range;
        // JSON (MySQL, MariaDB).
        1292 or 1366 or 1411 or 1525 or 1367 or 1690 or 3140 or 3141 or 4038 => SqlErrorKind.Type,

        // Invalid character string; impossible conversions (MySQL: of a literal, of a parameter).
        1300 or 3854 or 3988 => SqlErrorKind.Encoding,

        // Illegal mix of collations: the value has characters that the column's character set cannot hold.
        1267 or 1270 or 1271 when !IsAscii(values) => SqlErrorKind.Encoding,
        _ => SqlErrorKind.Statement,
    };

    /// <summary>The kind of a failure to connect.</summary>
    public static SqlErrorKind ConnectTrouble(MariadbException failure) => failure.Code switch
    {
        0 or >= FirstClientError and < EndOfClientErrors => SqlErrorKind.Connection,

        // Access denied (to the database, to the server), unknown database, unknown host.
        1044 or 1045 or 1049 or 1130 or 1698 => SqlErrorKind.Refusal,
        _ => SqlErrorKind.Statement,
    };

    /// <summary>The setting that a failure to connect is about; empty: the server's name.</summary>
    public static string BlamedKey(MariadbException failure) => failure.Code switch
    {
        1045 or 1698 or 1130 or 1203 or 1226 or 2058 or 2059 => "MYSQL_USERNAME",
        1044 or 1049 => "MYSQL_DATABASE",
        2026 => "MYSQL_SSL_CACERT",
        _ => "",
    };

    /// <summary>The cure for a failure to connect; empty: it is not known.</summary>
    public static string ConnectCure(MariadbException failure, bool isSocket) => failure.Code switch
    {
        1045 => "correct MYSQL_USERNAME or MYSQL_PASSWORD in authmysqlrc",
        1698 => "the account wants the system user of its name (unix_socket): give it a password there",
        1130 => "the account is not for this host: CREATE USER 'user'@'host' there",
        1044 => "GRANT SELECT, UPDATE ON the database there",
        1049 => "correct MYSQL_DATABASE in authmysqlrc, or create the database",
        1040 or 1203 or 1226 => "raise the limit there, or lower daemons or [mysql] connections here",
        2002 or 2003 when isSocket => "is the server started? MYSQL_SOCKET in authmysqlrc names another socket",
        2002 or 2003 => "is the server started, and does bind-address there let others in? See MYSQL_SERVER and MYSQL_PORT in authmysqlrc",
        2005 => "correct MYSQL_SERVER in authmysqlrc, or see /etc/resolv.conf",
        2026 => "see MYSQL_SSL_CACERT and MYSQL_SSL_CERT in authmysqlrc, and ssl_ca there",
        2058 or 2059 => "the account's way of authentication is not known here: use mysql_native_password, ed25519 or caching_sha2_password there",
        _ => "",
    };

    private static bool IsAscii(SqlValues values) => System.Text.Ascii.IsValid(values[SqlVariable.User])
        && System.Text.Ascii.IsValid(values[SqlVariable.Service]) && System.Text.Ascii.IsValid(values[SqlVariable.NewPassword]);
}
