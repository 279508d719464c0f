// What a database engine adds to SqlDatabase: its connections, and what their failures mean.
namespace Authd.Modules.Sql;

/// <summary>One configuration's way to its servers. Used by <see cref="SqlDatabase"/> alone.</summary>
public interface ISqlEngine : IAsyncDisposable
{
    /// <summary>The module's name, for log lines.</summary>
    string ModuleName { get; }

    /// <summary>The debug line for a connection that was found to be gone.</summary>
    string LostLine { get; }

    /// <summary>How long an attempt may take that tries every server.</summary>
    TimeSpan AttemptLimit { get; }

    /// <summary>A connection has many statements under way at a time: a second one is of little use.</summary>
    bool SharesRoundTrips { get; }

    /// <summary>Connects. Fails with whatever exception keeps it from that; <see cref="Explain"/> knows them.</summary>
    Task<SqlLane> OpenAsync(CancellationToken cancel);

    /// <summary>All rows of a statement, as they arrive, on a connection of its own.</summary>
    /// <exception cref="Core.EnumerationFailedException">They cannot all be had; logged.</exception>
    IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);

    /// <summary>What a failure to connect says about the server.</summary>
    SqlAbsence Explain(Exception failure);
}

/// <summary>Why there is no connection.</summary>
/// <param name="Text">One line; wire text.</param>
/// <param name="Lines">The ERR lines at the beginning of an outage.</param>
/// <param name="IsAnswer">The server itself said no: it is there.</param>
/// <param name="IsRefusal">It said no for good: wrong password, unknown database.</param>
/// <param name="IsStartingUp">It says that it is coming up: worth waiting for.</param>
public sealed record SqlAbsence(
    string Text, IReadOnlyList<string> Lines, bool IsAnswer = false, bool IsRefusal = false, bool IsStartingUp = false);
