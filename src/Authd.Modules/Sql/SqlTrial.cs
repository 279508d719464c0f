// Tries a configuration on its servers, for `authdaemond check --connect`: nothing is executed but what a session needs.
using System.Diagnostics;
using Authd.Core.Configuration;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>One server of a configuration.</summary>
public interface ISqlTrialServer
{
    /// <summary>User, and host with port, socket or file, without blanks.</summary>
    string Name { get; }

    /// <summary>How long connecting and looking at all statements may take.</summary>
    TimeSpan Limit { get; }

    /// <summary>The setting that is to blame if there is no answer.</summary>
    string Key { get; }

    /// <summary>Connects. May block.</summary>
    /// <exception cref="SqlTrialException">It cannot be done.</exception>
    Task<ISqlTrialSession> ConnectAsync(CancellationToken cancel);
}

/// <summary>A connection to it.</summary>
public interface ISqlTrialSession : IAsyncDisposable
{
    /// <summary>The version of TLS, e.g. <c>TLS1.3</c>; <c>null</c>: none. May ask the server.</summary>
    Task<string?> EncryptionAsync();

    /// <summary>Has the server read a statement without executing it. May block.</summary>
    /// <returns>How many columns it gives, <c>null</c>: the server cannot tell without executing it.</returns>
    /// <exception cref="SqlFailureException">The server does not take it.</exception>
    /// <exception cref="SqlRefusedException">A value cannot stand in the place that the statement has for it.</exception>
    Task<int?> DescribeAsync(SqlTemplate query, SqlValues values);
}

/// <summary>A server that cannot be connected to.</summary>
public sealed class SqlTrialException : Exception
{
    /// <summary>No details.</summary>
    public SqlTrialException() { }

    /// <summary>With a message.</summary>
    public SqlTrialException(string message) : base(message) { }

    /// <summary>With a message and a cause.</summary>
    public SqlTrialException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the setting that is to blame.</summary>
    public SqlTrialException(string key, string message) : base(message) => Key = key;

    /// <summary>The setting that is to blame.</summary>
    public string Key { get; } = "";
}

/// <summary>Tries all servers, one after the other.</summary>
/// <param name="module">The module's name.</param>
/// <param name="file">Its file.</param>
/// <param name="statements">Its statements.</param>
/// <param name="servers">Its servers.</param>
internal sealed class SqlTrial(string module, RcFile file, SqlStatements statements, IReadOnlyList<ISqlTrialServer> servers)
{
    /// <summary>Nobody's name, should anything look it up.</summary>
    private const string Nobody = "authdaemond-check";

    /// <summary>At least one finding a server.</summary>
    public async IAsyncEnumerable<Finding> RunAsync()
    {
        foreach (ISqlTrialServer server in servers)
        {
            List<Finding> found = [];
            using CancellationTokenSource limit = new(server.Limit);

            // A library that blocks is left where it is: the process ends soon.
            Task trial = OwnThread.RunAsync(() => TryAsync(server, found, limit.Token)).Unwrap();
            bool isOver = await Task.WhenAny(trial, Task.Delay(server.Limit + TimeSpan.FromSeconds(1))) == trial;
            if (isOver)
            {
                await trial;
            }

            Finding[] findings;
            lock (found)
            {
                findings = [.. found];
            }

            foreach (Finding finding in findings)
            {
                yield return finding;
            }

            if (!isOver)
            {
                yield return Error(server.Key, $"{server.Name}: no answer within {server.Limit.TotalSeconds:F0} s");
            }
        }
    }

    private Finding Error(string key, string problem) => new(true, file.Bad(key, problem).Message);

    private async Task TryAsync(ISqlTrialServer server, List<Finding> found, CancellationToken cancel)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            await using ISqlTrialSession session = await server.ConnectAsync(cancel);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            string encryption = await session.EncryptionAsync() is { } version ? $" {version}" : "";
            int? columns = null;
            bool isGood = true;
            foreach (SqlTemplate template in statements.All)
            {
                (int? given, Finding? wrong) = await LookAtAsync(session, template);
                columns ??= given;
                isGood &= wrong is not { IsError: true };
                Add(wrong);
            }

            if (isGood)
            {
                Add(new Finding(FindingKind.Good, $"{module} {server.Name}{encryption} {Math.Ceiling(time):F0} ms{(columns is { } n ? $", {n} columns" : "")}"));
            }
        }
        catch (SqlTrialException failure)
        {
            Add(Error(failure.Key, failure.Message));
        }

        void Add(Finding? finding)
        {
            lock (found)
            {
                if (finding is { } one && !found.Contains(one))
                {
                    found.Add(one);
                }
            }
        }
    }

    private async Task<(int? Columns, Finding? Wrong)> LookAtAsync(ISqlTrialSession session, SqlTemplate template)
    {
        SqlValues values = new(Nobody, "check", statements.DefaultDomain) { NewPassword = "new", NewHash = "hash" };
        try
        {
            int? columns = await session.DescribeAsync(template, values);
            return (columns, columns is { } given ? OfColumns(template, given) : null);
        }
        catch (SqlFailureException failure)
        {
            // Of a table that is named after a user's domain, only users can tell.
            string place = $"{template.Place(failure.Message)}; the statement is: {template.Shown}";
            return (null, new Finding(!template.HasNames, template.HasNames ? $"{place} (looked at for the user '{values[SqlVariable.User]}')" : place));
        }
        catch (SqlRefusedException)
        {
            return (null, null);
        }
    }

    private Finding? OfColumns(SqlTemplate template, int columns)
    {
        if (statements.IsChange(template))
        {
            return null;
        }

        bool isList = template == statements.Enumerate;
        int least = isList ? SqlRows.LeastListed : SqlRows.LeastColumns;
        return columns >= least ? null : new Finding(true, template.Place($"gives {columns} columns: "
            + (isList ? SqlRows.ListedColumnsNeeded : SqlRows.ColumnsNeeded)));
    }
}
