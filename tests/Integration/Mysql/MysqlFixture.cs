// One MariaDB server for all tests that do not stop or reconfigure it.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlFixture : IAsyncLifetime
{
    public const string Name = "MariaDB";

    /// <summary>The settings of the table that <see cref="InitializeAsync"/> makes, connection aside.</summary>
    public const string Fields = """
        MYSQL_USER_TABLE passwd
        MYSQL_CRYPT_PWFIELD crypt
        MYSQL_CLEAR_PWFIELD clear
        MYSQL_MAILDIR_FIELD maildir
        MYSQL_QUOTA_FIELD quota
        MYSQL_NAME_FIELD name
        MYSQL_DEFAULTDELIVERY_FIELD defaultdelivery
        MYSQL_AUXOPTIONS_FIELD concat('disableimap=', disableimap)
        DEFAULT_DOMAIN example.com
        """;

    public MariadbServer Server { get; private set; } = null!;

    public string Settings => Server.OverTcp + Fields;

    public async Task InitializeAsync()
    {
        Server = await MariadbServer.StartNewAsync();
        await Server.SqlAsync("""
            CREATE TABLE passwd (id varchar(190) PRIMARY KEY, crypt varchar(190), clear varchar(190), uid bigint, gid bigint, home varchar(190),
                maildir varchar(190), quota varchar(190), name varchar(190), defaultdelivery varchar(190), disableimap int DEFAULT 0);
            INSERT INTO passwd (id, crypt, clear, uid, gid, home, maildir, quota, name, defaultdelivery) VALUES
                ('alice@example.com', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', NULL, 1001, 1002, '/home/alice', 'Maildir', '100S',
                    'Alice A, x', '|/bin/deliver'),
                ('bob@example.com', '', 'secret', 1003, 1004, '/home/bob', '', '', '', ''),
                ('both@example.com', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'password', 1003, 1004, '/home/both', '', '', '', ''),
                ('none@example.com', NULL, NULL, 1003, 1004, '/home/none', NULL, NULL, NULL, NULL),
                ('nohome@example.com', NULL, 'secret', 1003, 1004, NULL, NULL, NULL, NULL, NULL),
                ('nouid@example.com', NULL, 'secret', NULL, 1004, '/home/nouid', NULL, NULL, NULL, NULL),
                ('root@example.com', NULL, 'secret', 0, 0, '/root', NULL, NULL, NULL, NULL),
                ('o''neil@example.com', NULL, 'o''neil\\', 1005, 1006, '/home/o''neil', NULL, NULL, NULL, NULL),
                ('back\\slash@example.com', NULL, 'secret', 1005, 1006, '/home/back', NULL, NULL, NULL, NULL),
                ('müller@example.com', NULL, 'größe', 1005, 1006, '/home/müller', NULL, NULL, 'Müller', NULL),
                ('forged@example.com', NULL, 'secret', 1005, 1006, '/home/f\nUID=0', NULL, NULL, NULL, NULL);
            CREATE TABLE old (id varchar(190), clear varchar(190), uid int, gid int, home varchar(190)) CHARACTER SET latin1;
            INSERT INTO old VALUES ('müller', 'größe', 1, 1, '/home/müller');
            """);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(MysqlFixture.Name)]
public sealed class MysqlCollectionDefinition : ICollectionFixture<MysqlFixture>;
