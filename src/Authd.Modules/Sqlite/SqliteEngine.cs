// SQLite as SqlDatabase uses it.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;
using Authd.Modules.Sql;

namespace Authd.Modules.Sqlite;

/// <summary>Connections to one database file.</summary>
/// <param name="settings">The configuration.</param>
/// <param name="log">The log.</param>
public sealed class SqliteEngine(SqliteSettings settings, Log log) : BlockingEngine(log)
{
    /// <inheritdoc/>
    public override string ModuleName => SqliteModule.Name;

    /// <inheritdoc/>
    public override string? LostLine => "authsqlite: opening the database again";

    /// <summary>Beyond the wait for a lock.</summary>
    public override TimeSpan AttemptLimit => settings.BusyTimeout + TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public override Absence Explain(Exception failure)
    {
        string text = failure is SqlFailureException
            ? $"sqllite3_open({settings.Database}): {failure.Message}" : $"authsqlite: {settings.Database}: {failure.Message}";
        return new Absence(text, [text]);
    }

    /// <inheritdoc/>
    protected override Lane<SqlJob> NewLane(ISqlConnection connection, LaneThread thread) =>
        new BlockingLane((IBlockingConnection)connection, thread, ModuleName, Log);

    /// <inheritdoc/>
    protected override ISqlConnection Connect(bool streaming)
    {
        try
        {
            return new SqliteConnection(settings);
        }
        catch (SqliteException failure)
        {
            throw new SqlFailureException(SqlTrouble.Connection, failure.Message);
        }
    }
}
