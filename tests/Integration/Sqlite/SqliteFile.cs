// A database of accounts for each test of authsqlite.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteFile : IDisposable
{
    /// <summary>The expression for the options.</summary>
    public const string Options = "'disableimap=' || disableimap";

    private readonly ScratchDirectory _scratch = new();

    public string Path => _scratch["accounts.db"];

    public string Folder => _scratch.Path;

    /// <summary>A usual configuration for the table that <see cref="FillAsync"/> makes.</summary>
    public string Settings => $"SQLITE_DATABASE {Path}\n{SqlPeople.Fields("SQLITE", "DEFAULTDELIVERY", Options)}";

    public static async Task<SqliteFile> NewAsync()
    {
        SqliteFile file = new();
        await FillAsync(file.Path);
        return file;
    }

    /// <summary>Runs SQL with the sqlite3 program and returns its output, trimmed. It waits for locks, as every program has to that shares
    /// a database: look-ups keep theirs for a moment after the answer.</summary>
    public Task<string> SqlAsync(string sql) => SqlAsync(Path, sql);

    public static async Task FillAsync(string path) => await SqlAsync(path, $"""
        CREATE TABLE passwd (id text PRIMARY KEY, crypt text, clear text, uid, gid, home text, maildir text,
            quota text, name text, defaultdelivery text, disableimap int DEFAULT 0);
        {SqlPeople.Insert("\\", "'/home/f' || char(10) || 'UID=0'")}
        """);

    public static async Task<string> SqlAsync(string path, string sql) =>
        (await ProcessRunner.RunOrThrowAsync(["sqlite3", "-batch", "-bail", "-cmd", ".timeout 20000", path], Core.WireText.FromUnicode(sql))).Trim();

    public void Dispose() => _scratch.Dispose();
}
