// What the error numbers of MariaDB and MySQL mean for a request ("Server Error Codes", "Client Error Codes").
using Authd.Interop;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>Classifies failures.</summary>
internal static class MysqlErrors
{
    private const uint FirstClientError = 2000;
    private const uint EndOfClientErrors = 3000;

    /// <summary>The connection is of no more use.</summary>
    public static bool IsOfConnection(MariadbException failure) => failure.Code is

        // The client's own: server has gone away, lost connection, malformed packet. 0: no more is known.
        0 or (>= FirstClientError and < EndOfClientErrors)

        // Shutdown in progress; forced close; the six of the network; killed; idle for too long (MySQL).
        or 1053 or 1080 or (>= 1156 and <= 1161) or 1184 or 1927 or 4031;

    /// <summary>
    /// It may be the prepared form alone that fails: wrong arguments, unknown statement (a proxy in between has forgotten it),
    /// not supported, collations that do not mix, prepared too often in vain.
    /// </summary>
    public static bool IsOfPreparation(MariadbException failure) =>
        failure.Code is 1210 or 1243 or 1267 or 1270 or 1271 or 1295 or 1615;

    /// <summary>What to do about a failed statement.</summary>
    public static SqlTrouble Trouble(MariadbException failure, SqlValues values) => failure.Code switch
    {
        _ when IsOfConnection(failure) => SqlTrouble.Connection,

        // Invalid character string; impossible conversions (MySQL: of a literal, of a parameter).
        1300 or 3854 or 3988 => SqlTrouble.Encoding,

        // Illegal mix of collations: what a value gives that the column's character set cannot hold.
        1267 or 1270 or 1271 when !IsAscii(values) => SqlTrouble.Encoding,
        _ => SqlTrouble.Statement,
    };

    /// <summary>Who is to blame for a failure to connect.</summary>
    public static SqlTrouble ConnectTrouble(MariadbException failure) => failure.Code switch
    {
        0 or >= FirstClientError and < EndOfClientErrors => SqlTrouble.Connection,

        // Access denied (to the database, to the server), unknown database, unknown host.
        1044 or 1045 or 1049 or 1130 or 1698 => SqlTrouble.Refusal,
        _ => SqlTrouble.Statement,
    };

    private static bool IsAscii(SqlValues values) => System.Text.Ascii.IsValid(values[SqlVariable.User])
        && System.Text.Ascii.IsValid(values[SqlVariable.Service]) && System.Text.Ascii.IsValid(values[SqlVariable.NewPassword]);
}
