// One PostgreSQL cluster for all tests that do not stop or reconfigure it.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

public sealed class PgsqlFixture : IAsyncLifetime
{
    public const string Name = "PostgreSQL";

    /// <summary>The expression for the options.</summary>
    public const string Options = "'disableimap=' || disableimap";

    public PostgresServer Server { get; private set; } = null!;

    /// <summary>A usual configuration for the table that <see cref="InitializeAsync"/> makes.</summary>
    public string Settings => $"PGSQL_CONNECTION {Server.Conninfo}\n{SqlPeople.Fields("PGSQL", "DEFAULTDELIVERY", Options)}";

    public async Task InitializeAsync()
    {
        Server = await PostgresServer.StartNewAsync();
        await Server.PsqlAsync($"""
            CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0;
            CREATE TABLE passwd (id text PRIMARY KEY, crypt text, clear text, uid int, gid int, home text, maildir text,
                quota text, name text, defaultdelivery text, disableimap int DEFAULT 0, active bool DEFAULT true);
            {SqlPeople.Insert("\\", "E'/home/f\\nUID=0'")}
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
