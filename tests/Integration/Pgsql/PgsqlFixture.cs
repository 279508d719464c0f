// One PostgreSQL cluster for all tests that do not stop or reconfigure it.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

public sealed class PgsqlFixture : IAsyncLifetime
{
    public const string Name = "PostgreSQL";

    public PostgresServer Server { get; private set; } = null!;

    /// <summary>A usual configuration for the table that <see cref="InitializeAsync"/> makes.</summary>
    public string Settings => $"""
        PGSQL_CONNECTION {Server.Conninfo}
        PGSQL_USER_TABLE passwd
        PGSQL_CRYPT_PWFIELD crypt
        PGSQL_CLEAR_PWFIELD clear
        PGSQL_MAILDIR_FIELD maildir
        PGSQL_QUOTA_FIELD quota
        PGSQL_NAME_FIELD name
        PGSQL_DEFAULTDELIVERY defaultdelivery
        PGSQL_AUXOPTIONS_FIELD 'disableimap=' || disableimap
        DEFAULT_DOMAIN example.com
        """;

    public async Task InitializeAsync()
    {
        Server = await PostgresServer.StartNewAsync();
        await Server.PsqlAsync("""
            CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0;
            CREATE TABLE passwd (id text PRIMARY KEY, crypt text, clear text, uid int, gid int, home text, maildir text,
                quota text, name text, defaultdelivery text, disableimap int DEFAULT 0, active bool DEFAULT true);
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
                ('back\slash@example.com', NULL, 'secret', 1005, 1006, '/home/back', NULL, NULL, NULL, NULL),
                ('müller@example.com', NULL, 'größe', 1005, 1006, '/home/müller', NULL, NULL, 'Müller', NULL),
                ('forged@example.com', NULL, 'secret', 1005, 1006, E'/home/f\nUID=0', NULL, NULL, NULL, NULL);
            """);
        await Server.PsqlAsync("""
            CREATE TABLE passwd (id text, clear text, uid int, gid int, home text);
            INSERT INTO passwd VALUES ('müller', 'größe', 1, 1, '/home/müller');
            """, "latin1");
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(PgsqlFixture.Name)]
public sealed class PgsqlCollectionDefinition : ICollectionFixture<PgsqlFixture>;
