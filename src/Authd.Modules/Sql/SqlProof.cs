// A change is made in a transaction that is kept only if the database then has the intended content.
namespace Authd.Modules.Sql;

/// <summary>The proof that a change is right.</summary>
/// <param name="LookUp">The lookup after the change, before others can see it.</param>
/// <param name="Values">Its values.</param>
/// <param name="Holds">Judges the row, <c>null</c> without one. May be slow (crypt), but does not block.</param>
public sealed record SqlProof(SqlTemplate LookUp, SqlValues Values, Func<string?[]?, ValueTask<bool>> Holds);

/// <summary>A connection for changes.</summary>
internal interface ISqlSession
{
    /// <summary>Runs a statement of the administrator's.</summary>
    /// <exception cref="SqlFailureException">The statement failed.</exception>
    /// <exception cref="SqlRefusedException">A value cannot be used at its place in the statement.</exception>
    ValueTask<SqlResult> RunAsync(SqlTemplate query, SqlValues values);

    /// <summary>Begins a transaction.</summary>
    /// <exception cref="SqlFailureException">The statement failed.</exception>
    ValueTask BeginAsync();

    /// <summary>Ends the transaction.</summary>
    /// <exception cref="SqlFailureException">The statement failed.</exception>
    ValueTask EndAsync(bool keep);
}

/// <summary>Makes changes, on any database.</summary>
internal static class SqlChange
{
    /// <summary>Runs a request's statement and, if it has one, its proof.</summary>
    /// <exception cref="SqlFailureException">A statement failed; nothing
    /// has been changed, unless the connection was lost.</exception>
    /// <exception cref="SqlRefusedException">As for <see cref="ISqlSession.RunAsync"/>.</exception>
    public static async ValueTask<SqlResult> RunAsync(ISqlSession session, SqlRequest request)
    {
        if (request.Proof is not { } proof)
        {
            return await session.RunAsync(request.Template, request.Values);
        }

        // If the clause has its own transaction, a wrong change can be corrected only by another change.
        bool isOurs = !request.Template.HasTransaction;
        if (isOurs)
        {
            await session.BeginAsync();
        }

        SqlResult result;
        try
        {
            result = await ProveAsync(session, request, proof);
        }
        catch (Exception failure) when (isOurs && failure is not SqlFailureException { Trouble: SqlErrorKind.Connection })
        {
            await UndoAsync(session);
            throw;
        }

        if (isOurs)
        {
            await session.EndAsync(keep: result is { End: SqlStatus.Done, Affected: not 0 });
        }

        return result;
    }

    private static async ValueTask<SqlResult> ProveAsync(ISqlSession session, SqlRequest request, SqlProof proof)
    {
        SqlResult changed = await session.RunAsync(request.Template, request.Values);
        if (request.Template.HasTransaction)
        {
            // The last statement, which ends the transaction, changes no row.
            changed = changed with { Affected = -1 };
        }

        if (changed.Affected == 0)
        {
            return changed;
        }

        string?[]? row = (await session.RunAsync(proof.LookUp, proof.Values)).Row;
        return await proof.Holds(row) ? changed : new SqlResult(SqlStatus.NotKept, Row: row);
    }

    /// <summary>Undoes the change; the server may have done that by itself.</summary>
    private static async ValueTask UndoAsync(ISqlSession session)
    {
        try
        {
            await session.EndAsync(keep: false);
        }
        catch (SqlFailureException ended) when (ended.Trouble != SqlErrorKind.Connection)
        {
        }
    }
}
