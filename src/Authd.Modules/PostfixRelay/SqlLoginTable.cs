// A login table in a database, through one connection to the first server that works. It is kept until it falls idle or fails.
using System.Diagnostics.CodeAnalysis;
using Authd.Core.Chain;

namespace Authd.Modules.PostfixRelay;

/// <summary>A connection to a login table.</summary>
internal interface ILoginConnection : IDisposable
{
    /// <summary>Like <see cref="ILoginTable.Record"/>.</summary>
    void Record(IReadOnlyCollection<Login> logins);

    /// <summary>Like <see cref="ILoginTable.RemoveUpTo"/>.</summary>
    void RemoveUpTo(long time);
}

/// <summary>A table that a map file describes; the file is read for each new connection.</summary>
/// <param name="path">The map file.</param>
/// <param name="servers">Functions that connect to each server in the map file, the preferred one first.</param>
/// <param name="addNeeds">Adds the needs of the connections.</param>
internal sealed class SqlLoginTable(
    string path, Func<PostfixMap, IEnumerable<Func<ILoginConnection>>> servers, Action<PostfixMap, WorkerNeeds> addNeeds)
    : ILoginTable
{
    private ILoginConnection? _open;

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins) => Use(connection => connection.Record(logins));

    /// <inheritdoc/>
    public void RemoveUpTo(long time) => Use(connection => connection.RemoveUpTo(time));

    /// <inheritdoc/>
    public void AddNeeds(WorkerNeeds needs)
    {
        needs.Read(path);
        addNeeds(PostfixMap.Read(path), needs);
    }

    /// <inheritdoc/>
    public void CloseIdle()
    {
        _open?.Dispose();
        _open = null;
    }

    /// <inheritdoc/>
    public void Dispose() => CloseIdle();

    /// <summary>Both uses may be repeated, so a failed one is tried on a new connection, and then on the next server.</summary>
    private void Use(Action<ILoginConnection> use)
    {
        if (_open is not null && Try(use, out _))
        {
            return;
        }

        List<string> failures = [];
        foreach (Func<ILoginConnection> connect in servers(PostfixMap.Read(path)))
        {
            if (Try(connection => use(connection), out string? failure, connect))
            {
                return;
            }

            failures.Add(failure);
        }

        throw new LoginTableException(string.Join("; ", failures));
    }

    private bool Try(
        Action<ILoginConnection> use, [NotNullWhen(false)] out string? failure, Func<ILoginConnection>? connect = null)
    {
        try
        {
            use(_open ??= connect!());
            failure = null;
            return true;
        }
        catch (Exception e) when (LoginTable.Explain(e) is { } reason)
        {
            CloseIdle();
            failure = reason;
            return false;
        }
    }
}
