using Authd.Modules.Pool;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Classifies exceptions by PostgreSQL's error codes (documentation, "PostgreSQL Error Codes").</summary>
public static class PgsqlErrors
{
    /// <summary>The kind of an exception from Npgsql.</summary>
    public static SqlErrorKind Trouble(Exception error) =>
        error is PostgresException { SqlState: var state } ? Trouble(state) : SqlErrorKind.Connection;

    /// <summary>The exception for a failed statement.</summary>
    public static SqlFailureException Statement(Exception error) => new(Trouble(error), Text(error))
    {
        Code = error is PostgresException { SqlState: var code } ? $"SQLSTATE {code}" : "",
        NamesOnly = error is PostgresException { SqlState: var state } && SpeaksOfNames(state),
    };

    /// <summary>The first of the errors that several statements in one round trip have met.</summary>
    public static Exception First(Exception error) =>
        error is NpgsqlException { InnerException: AggregateException { InnerExceptions: [var first, ..] } } ? first : error;

    /// <summary>A permanent refusal by the server: wrong password, unknown database, no right to connect.</summary>
    public static bool IsRefusal(Exception error) => Server(error) is { SqlState: var state }
        && (state.StartsWith("28", StringComparison.Ordinal) || state.StartsWith("3D", StringComparison.Ordinal)
            || state.StartsWith("42", StringComparison.Ordinal));

    /// <summary>A server without room for a further connection; of several servers' failures this one counts.</summary>
    public static bool ServerIsFull(Exception error) => Server(error) is { SqlState: PostgresErrorCodes.TooManyConnections };

    /// <summary>The meaning of a failure to connect.</summary>
    public static ConnectFailure ConnectFailure(Exception error)
    {
        string text = error is OperationCanceledException ? "no answer in time" : Text(error);
        return new ConnectFailure(
            text,
            ["PGSQL_CONNECTION could not be established", $"authpgsql: {text}"],
            ServerAnswered: Server(error) is not null,
            IsRefusal: IsRefusal(error),
            IsStartingUp: Server(error) is { SqlState: PostgresErrorCodes.CannotConnectNow });
    }

    /// <summary>The server's own message; <c>null</c>: the server sent no message.</summary>
    private static PostgresException? Server(Exception error) =>
        error as PostgresException ?? (error as PgsqlConnectException)?.InnerException as PostgresException;

    /// <summary>The exception in one line; wire text.</summary>
    public static string Text(Exception error)
    {
        if (error is PgsqlConnectException told)
        {
            return told.Message;
        }

        if (error is PostgresException server)
        {
            // Without the detail, which quotes values.
            return $"{server.Severity}:  {server.MessageText}";
        }

        return error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{error.Message}: {Text(inner)}" : error.Message;
    }

    /// <summary>
    /// Rights and names (but not syntax), values that a column or a constraint refuses, transactions, shortages, ends: the values
    /// are in the detail.
    /// </summary>
    private static bool SpeaksOfNames(string state) =>
        state is PostgresErrorCodes.StringDataRightTruncation or PostgresErrorCodes.ReadOnlySqlTransaction
        || (state.StartsWith("42", StringComparison.Ordinal) && state != PostgresErrorCodes.SyntaxError)
        || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57", StringComparison.Ordinal);

    private static SqlErrorKind Trouble(string state) => state switch
    {
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => SqlErrorKind.Encoding,
        PostgresErrorCodes.StringDataRightTruncation or PostgresErrorCodes.CheckViolation => SqlErrorKind.Width,
        PostgresErrorCodes.InvalidTextRepresentation or PostgresErrorCodes.NumericValueOutOfRange
            or PostgresErrorCodes.InvalidDatetimeFormat or PostgresErrorCodes.DatetimeFieldOverflow
            or PostgresErrorCodes.IntervalFieldOverflow or PostgresErrorCodes.InvalidTimeZoneDisplacementValue
            or PostgresErrorCodes.InvalidBinaryRepresentation or PostgresErrorCodes.InvalidCharacterValueForCast
            or PostgresErrorCodes.InvalidEscapeSequence or PostgresErrorCodes.InvalidParameterValue => SqlErrorKind.Type,

        // The server's cached plan or prepared statement differs from our idea of it (a table was altered, a pooler is in
        // between), or a failover has left us on a standby.
        PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidSqlStatementName
            or PostgresErrorCodes.DuplicatePreparedStatement or PostgresErrorCodes.ReadOnlySqlTransaction => SqlErrorKind.Connection,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or "57P04" or "57P05" => SqlErrorKind.Connection,
        _ when state.StartsWith("08", StringComparison.Ordinal) => SqlErrorKind.Connection,
        _ when state.StartsWith("42", StringComparison.Ordinal) => SqlErrorKind.Preparation,
        _ => SqlErrorKind.Statement,
    };
}
