// Statements that the events' thread had better not begin.
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>Remembers for a while which statements have taken long. On the events' thread only.</summary>
internal sealed class SlowStatements
{
    private static readonly TimeSpan While = TimeSpan.FromSeconds(1);
    private readonly Dictionary<SqlTemplate, TimeSpan> _until = [];

    /// <summary>One has taken long.</summary>
    public void Add(SqlTemplate statement) => _until[statement] = PoolClock.System.Now + While;

    /// <summary>It has taken long lately.</summary>
    public bool Contains(SqlTemplate statement) =>
        _until.Count > 0 && _until.TryGetValue(statement, out TimeSpan end) && (PoolClock.System.Now < end || !_until.Remove(statement));
}
