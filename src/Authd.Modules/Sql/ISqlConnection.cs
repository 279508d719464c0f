// A connection of a C library's: what BlockingEngine and BlockingLane need of it.
namespace Authd.Modules.Sql;

/// <summary>A connection whose every call blocks. Used by one thread at a time, <see cref="Interrupt"/> excepted.</summary>
public interface ISqlConnection : IDisposable
{
    /// <summary>Runs a statement and gives its rows as they arrive.</summary>
    /// <exception cref="SqlFailureException">It failed, or they cannot all be had.</exception>
    /// <exception cref="SqlRefusedException">A value cannot stand in the place that the statement has for it.</exception>
    IEnumerable<string?[]> Rows(SqlTemplate query, SqlValues values);

    /// <summary>Ends what another thread waits for in here, if the library can do that.</summary>
    void Interrupt();
}

/// <summary>One that has no other way than to block for single statements, too.</summary>
public interface IBlockingConnection : ISqlConnection
{
    /// <summary>Runs a statement.</summary>
    /// <exception cref="SqlFailureException">It failed.</exception>
    /// <exception cref="SqlRefusedException">As for <see cref="ISqlConnection.Rows"/>.</exception>
    SqlResult Run(SqlTemplate query, SqlValues values);
}

/// <summary>What to do about a failure.</summary>
public enum SqlTrouble
{
    /// <summary>The statement is at fault: say so.</summary>
    Statement,

    /// <summary>A value cannot exist in the database.</summary>
    Encoding,

    /// <summary>The connection is gone or of no more use: take another.</summary>
    Connection,

    /// <summary>The server said no: wrong password, unknown database.</summary>
    Refusal,
}

/// <summary>A statement failed, or a connection could not be made.</summary>
public sealed class SqlFailureException : Exception
{
    /// <summary>No details.</summary>
    public SqlFailureException() { }

    /// <summary>With the database's message, wire text.</summary>
    public SqlFailureException(string message) : base(message) { }

    /// <summary>With the database's message and its cause.</summary>
    public SqlFailureException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the database's message, wire text, and what it means.</summary>
    public SqlFailureException(SqlTrouble trouble, string message) : base(message) => Trouble = trouble;

    /// <summary>What it means.</summary>
    public SqlTrouble Trouble { get; } = SqlTrouble.Connection;
}
