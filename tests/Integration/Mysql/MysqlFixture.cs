// One MariaDB server for all tests that do not stop or reconfigure it.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlFixture : IAsyncLifetime
{
    public const string Name = "MariaDB";

    /// <summary>The expression for the options.</summary>
    public const string Options = "concat('disableimap=', disableimap)";

    public MariadbServer Server { get; private set; } = null!;

    public string Settings => Server.OverTcp + SqlPeople.Fields("MYSQL", "DEFAULTDELIVERY_FIELD", Options);

    public async Task InitializeAsync()
    {
        Server = await MariadbServer.StartNewAsync();
        await Server.SqlAsync($$"""
            CREATE TABLE passwd (id varchar(190) PRIMARY KEY, crypt varchar(190), clear varchar(190), uid bigint, gid bigint, home varchar(190),
                maildir varchar(190), quota varchar(190), name varchar(190), defaultdelivery varchar(190), disableimap int DEFAULT 0);
            {{SqlPeople.Insert("\\\\", "'/home/f\\nUID=0'")}}
            CREATE TABLE old (id varchar(190), clear varchar(190), uid int, gid int, home varchar(190)) CHARACTER SET latin1;
            INSERT INTO old VALUES ('müller', 'größe', 1, 1, '/home/müller');
            """);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(MysqlFixture.Name)]
public sealed class MysqlCollectionDefinition : ICollectionFixture<MysqlFixture>;
