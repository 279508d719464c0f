using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Linux.Sqlite;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>Connections to one SQLite database file.</summary>
/// <param name="settings">The configuration.</param>
/// <param name="blocking">Where statements run that take their time.</param>
/// <param name="log">The log.</param>
public sealed class SqliteEngine(SqliteSettings settings, BlockingWork blocking, Log log) : BlockingEngine(log)
{
    private readonly SlowStatements _slow = new();

    /// <inheritdoc/>
    public override string ModuleName => SqliteModule.Name;

    /// <inheritdoc/>
    public override string? LostLine => "authsqlite: opening the database again";

    /// <summary>Longer than the wait for a lock.</summary>
    public override TimeSpan AttemptLimit => settings.BusyTimeout + TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public override ConnectFailure Explain(Exception failure)
    {
        string text = failure is SqlFailureException
            ? $"sqllite3_open({settings.Database}): {failure.Message}{(failure.Message.StartsWith("unable to open", StringComparison.Ordinal) ? Cure() : "")}" : $"authsqlite: {settings.Database}: no answer in time";
        return new ConnectFailure(text, [text]);
    }

    private string Cure()
    {
        string path = WireText.ToUnicode(settings.Database);
        return File.Exists(path) ? "; the daemon's user needs to read and write it, and to enter its directory"
            : Directory.Exists(path) ? "; it is a directory, and SQLITE_DATABASE in authsqliterc has to be a file"
            : "; there is no such file, or its directory is closed: correct SQLITE_DATABASE in authsqliterc, or make it";
    }

    /// <inheritdoc/>
    protected override PooledConnection<SqlRequest> NewConnection(ISqlConnection connection) =>
        new SqlitePooledConnection((SqliteConnection)connection, _slow, blocking, EventLoop.OfProcess, Log);

    /// <inheritdoc/>
    protected override ISqlConnection Connect(bool streaming)
    {
        try
        {
            return new SqliteConnection(settings);
        }
        catch (SqliteException failure)
        {
            throw new SqlFailureException(SqlErrorKind.Connection, failure.Message);
        }
    }
}
