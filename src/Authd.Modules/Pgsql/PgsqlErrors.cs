// What PostgreSQL's error codes mean for a request (documentation, "PostgreSQL Error Codes").
using Authd.Modules.Lanes;
using Npgsql;

namespace Authd.Modules.Pgsql;

/// <summary>What to do about a failed statement.</summary>
public enum PgsqlTrouble
{
    /// <summary>The statement is at fault: say so.</summary>
    Statement,

    /// <summary>The statement may only be at fault with parameters: try literals.</summary>
    Preparation,

    /// <summary>A value holds bytes that the database's encoding does not know.</summary>
    Encoding,

    /// <summary>The connection is gone or of no more use: take another.</summary>
    Connection,
}

/// <summary>Classifies exceptions.</summary>
public static class PgsqlErrors
{
    /// <summary>Where an exception of Npgsql's puts the blame.</summary>
    public static PgsqlTrouble Trouble(Exception error) =>
        error is PostgresException { SqlState: var state } ? Trouble(state) : PgsqlTrouble.Connection;

    /// <summary>The first of the errors that several statements in one round trip have met.</summary>
    public static Exception First(Exception error) =>
        error is NpgsqlException { InnerException: AggregateException { InnerExceptions: [var first, ..] } } ? first : error;

    /// <summary>The server understood us and said no for good: wrong password, unknown database, no right to connect.</summary>
    public static bool IsRefusal(Exception error) => error is PostgresException { SqlState: var state }
        && (state.StartsWith("28", StringComparison.Ordinal) || state.StartsWith("3D", StringComparison.Ordinal)
            || state.StartsWith("42", StringComparison.Ordinal));

    /// <summary>A server is there, but has no room for a further connection: of all servers' failures the one that counts.</summary>
    public static bool IsCrowd(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections };

    /// <summary>What a failure to connect says about the server.</summary>
    public static Absence Absence(Exception error) => new(
        Text(error),
        ["PGSQL_CONNECTION could not be established", Text(error)],
        IsAnswer: error is PostgresException,
        IsRefusal: IsRefusal(error),
        IsStartingUp: error is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow });

    /// <summary>One line that says what happened; wire text.</summary>
    public static string Text(Exception error)
    {
        if (error is PostgresException server)
        {
            string detail = string.IsNullOrEmpty(server.Detail) ? "" : $" ({server.Detail})";
            return $"{server.Severity}:  {server.MessageText}{detail}";
        }

        return error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{error.Message}: {Text(inner)}" : error.Message;
    }

    private static PgsqlTrouble Trouble(string state) => state switch
    {
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => PgsqlTrouble.Encoding,

        // The server's cached plan or prepared statement is no longer what we think it is (a table was altered, a pooler
        // is in between), or a failover has left us on a standby.
        PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidSqlStatementName
            or PostgresErrorCodes.DuplicatePreparedStatement or PostgresErrorCodes.ReadOnlySqlTransaction => PgsqlTrouble.Connection,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or "57P04" or "57P05" => PgsqlTrouble.Connection,
        _ when state.StartsWith("08", StringComparison.Ordinal) => PgsqlTrouble.Connection,
        _ when state.StartsWith("42", StringComparison.Ordinal) => PgsqlTrouble.Preparation,
        _ => PgsqlTrouble.Statement,
    };
}
