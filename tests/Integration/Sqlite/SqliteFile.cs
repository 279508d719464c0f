// A database of accounts for each test of authsqlite.
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteFile : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public string Path => _scratch["accounts.db"];

    public string Folder => _scratch.Path;

    /// <summary>A usual configuration for the table that <see cref="FillAsync"/> makes.</summary>
    public string Settings => $"""
        SQLITE_DATABASE {Path}
        SQLITE_USER_TABLE passwd
        SQLITE_CRYPT_PWFIELD crypt
        SQLITE_CLEAR_PWFIELD clear
        SQLITE_MAILDIR_FIELD maildir
        SQLITE_QUOTA_FIELD quota
        SQLITE_NAME_FIELD name
        SQLITE_DEFAULTDELIVERY defaultdelivery
        SQLITE_AUXOPTIONS_FIELD 'disableimap=' || disableimap
        DEFAULT_DOMAIN example.com
        """;

    public static async Task<SqliteFile> NewAsync()
    {
        SqliteFile file = new();
        await FillAsync(file.Path);
        return file;
    }

    /// <summary>Runs SQL with the sqlite3 program and returns what it prints, trimmed.</summary>
    public Task<string> SqlAsync(string sql) => SqlAsync(Path, sql);

    public static async Task FillAsync(string path) => await SqlAsync(path, """
        CREATE TABLE passwd (id text PRIMARY KEY, crypt text, clear text, uid, gid, home text, maildir text,
            quota text, name text, defaultdelivery text, disableimap int DEFAULT 0);
        INSERT INTO passwd (id, crypt, clear, uid, gid, home, maildir, quota, name, defaultdelivery) VALUES
            ('alice@example.com', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', NULL, 1001, 1002, '/home/alice', 'Maildir', '100S',
                'Alice A, x', '|/bin/deliver'),
            ('bob@example.com', '', 'secret', 1003, 1004, '/home/bob', '', '', '', ''),
            ('both@example.com', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'password', 1003, 1004, '/home/both', '', '', '', ''),
            ('none@example.com', NULL, NULL, 1003, 1004, '/home/none', NULL, NULL, NULL, NULL),
            ('nohome@example.com', NULL, 'secret', 1003, 1004, NULL, NULL, NULL, NULL, NULL),
            ('nouid@example.com', NULL, 'secret', NULL, 1004, '/home/nouid', NULL, NULL, NULL, NULL),
            ('root@example.com', NULL, 'secret', 0, 0, '/root', NULL, NULL, NULL, NULL),
            ('o''neil@example.com', NULL, 'o''neil\', 1005, 1006, '/home/o''neil', NULL, NULL, NULL, NULL),
            ('forged@example.com', NULL, 'secret', 1005, 1006, '/home/f' || char(10) || 'UID=0', NULL, NULL, NULL, NULL);
        """);

    public static async Task<string> SqlAsync(string path, string sql) =>
        (await ProcessRunner.RunOrThrowAsync(["sqlite3", "-batch", "-bail", path], Core.WireText.FromUnicode(sql))).Trim();

    public void Dispose() => _scratch.Dispose();
}
