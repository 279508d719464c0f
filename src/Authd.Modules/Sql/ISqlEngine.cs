// What a database engine adds to the pool of its connections.
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>One configuration's way to its servers. Used by <see cref="SqlDatabase"/> alone.</summary>
public interface ISqlEngine : ILaneSource<SqlJob>
{
    /// <inheritdoc/>
    string? ILaneSource<SqlJob>.BackLine => $"{ModuleName}: connected to the database again";

    /// <summary>All rows of a statement, as they arrive, on a connection of its own.</summary>
    /// <exception cref="Core.EnumerationFailedException">They cannot all be had; logged.</exception>
    /// <exception cref="SqlNoConnectionException">There is no connection for them; not logged.</exception>
    IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);
}

/// <summary>A list could not begin because a connection of its own was not to be had.</summary>
public sealed class SqlNoConnectionException : Exception
{
    /// <summary>No details.</summary>
    public SqlNoConnectionException() { }

    /// <summary>With a message.</summary>
    public SqlNoConnectionException(string message) : base(message) { }

    /// <summary>With a message and a cause.</summary>
    public SqlNoConnectionException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With what <see cref="ILaneSource{TJob}.Explain"/> knows.</summary>
    public SqlNoConnectionException(Exception cause) : base(cause.Message, cause) { }
}
