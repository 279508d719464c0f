// A connection of a C library's: what BlockingEngine needs of it.
namespace Authd.Modules.Sql;

/// <summary>A C library's connection for BlockingEngine and BlockingConnection. Every call blocks; one thread at a time may use
/// it, except for <see cref="Interrupt"/>.</summary>
public interface ISqlConnection : IDisposable
{
    /// <summary>Runs a statement and returns its rows as they arrive.</summary>
    /// <exception cref="SqlFailureException">The statement failed, or the rows end early.</exception>
    /// <exception cref="SqlRefusedException">A value cannot be used at its place in the statement.</exception>
    IEnumerable<string?[]> Rows(SqlTemplate query, SqlValues values);

    /// <summary>Ends another thread's wait in this connection, if the library can do that.</summary>
    void Interrupt();
}

/// <summary>The kind of a failure, which decides the reaction to it.</summary>
public enum SqlErrorKind
{
    /// <summary>The statement is wrong: log it.</summary>
    Statement,

    /// <summary>Perhaps only the form with parameters fails: try literals.</summary>
    Preparation,

    /// <summary>A value cannot exist in the database.</summary>
    Encoding,

    /// <summary>A value does not fit the statement's type: 'webmaster' is not a number.</summary>
    Type,

    /// <summary>A column does not accept the new value: it is too long, or violates a CHECK.</summary>
    Width,

    /// <summary>The connection is lost or unusable: use another.</summary>
    Connection,

    /// <summary>The server refused: wrong password, unknown database.</summary>
    Refusal,
}

/// <summary>A statement failed, or a connection could not be made.</summary>
public sealed class SqlFailureException : Exception
{
    /// <summary>An exception without details.</summary>
    public SqlFailureException() { }

    /// <summary>With the database's message, wire text.</summary>
    public SqlFailureException(string message) : base(message) { }

    /// <summary>With the database's message and its cause.</summary>
    public SqlFailureException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the database's message, wire text, and the kind of failure.</summary>
    public SqlFailureException(SqlErrorKind trouble, string message) : base(message) => Trouble = trouble;

    /// <summary>The kind of failure.</summary>
    public SqlErrorKind Trouble { get; } = SqlErrorKind.Connection;

    /// <summary>The server's error number in the log's form (<c>error 1062</c>); empty: none.</summary>
    public string Code { get; init; } = "";

    /// <summary>It is not the statement's fault, and will work again: somebody holds a lock.</summary>
    public bool IsPassing { get; init; }

    /// <summary>The server itself has said that it has done nothing, though the connection is of no more use.</summary>
    public bool IsKnownUndone { get; init; }

    /// <summary>Errors of this number quote tables, columns and users, never values.</summary>
    public bool NamesOnly { get; init; }
}
