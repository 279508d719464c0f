using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>The servers of one configuration: a database engine's additions to the pool of its connections. Used by
/// <see cref="SqlDatabase"/> alone.</summary>
public interface ISqlEngine : IConnectionSource<SqlRequest>
{
    /// <inheritdoc/>
    string? IConnectionSource<SqlRequest>.BackLine => $"{ModuleName}: connected to the database again";

    /// <summary>All rows of a statement, as they arrive, on a connection of its own.</summary>
    /// <exception cref="Core.EnumerationFailedException">The rows end early; logged.</exception>
    /// <exception cref="SqlNoConnectionException">No connection is available for them; not logged.</exception>
    IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);
}

/// <summary>A list could not begin because no connection of its own was available.</summary>
public sealed class SqlNoConnectionException : Exception
{
    /// <summary>An exception without details.</summary>
    public SqlNoConnectionException() { }

    /// <summary>With a message.</summary>
    public SqlNoConnectionException(string message) : base(message) { }

    /// <summary>With a message and a cause.</summary>
    public SqlNoConnectionException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With an exception that <see cref="IConnectionSource{TRequest}.Explain"/> knows.</summary>
    public SqlNoConnectionException(Exception cause) : base(cause.Message, cause) { }
}
