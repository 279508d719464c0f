// A login table in a database: one connection, kept until it rests or fails, to the first server that works.
using System.Diagnostics.CodeAnalysis;

namespace Authd.Modules.Postfix;

/// <summary>A connection to a login table.</summary>
internal interface ILoginConnection : IDisposable
{
    /// <summary>As <see cref="ILoginTable.Record"/>.</summary>
    void Record(IReadOnlyCollection<Login> logins);

    /// <summary>As <see cref="ILoginTable.RemoveUpTo"/>.</summary>
    void RemoveUpTo(long time);
}

/// <summary>A table that a map file describes; the file is read for each new connection.</summary>
/// <param name="path">The map file.</param>
/// <param name="servers">What connects to each server that a map file names, the one to prefer first.</param>
internal sealed class SqlLoginTable(string path, Func<PostfixMap, IEnumerable<Func<ILoginConnection>>> servers) : ILoginTable
{
    private ILoginConnection? _open;

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins) => Use(connection => connection.Record(logins));

    /// <inheritdoc/>
    public void RemoveUpTo(long time) => Use(connection => connection.RemoveUpTo(time));

    /// <inheritdoc/>
    public void Rest()
    {
        _open?.Dispose();
        _open = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Rest();

    /// <summary>Both uses may be repeated, so whatever fails is tried on a new connection, and then on the next server.</summary>
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
            Rest();
            failure = reason;
            return false;
        }
    }
}
