// sqlite: tables.
using Authd.Tests.Integration.Sqlite;

namespace Authd.Tests.Integration.Postfix;

public sealed class SqliteRelayTests(RelayFixture relay) : RelayTests(relay)
{
    /// <summary>Through the proxy: Postfix's processes end when they find the database locked, but proxymap is asked
    /// again.</summary>
    protected override string Table => "proxy:sqlite:" + Scratch["logins.cf"];

    protected override async Task MakeTableAsync(string permanentAddress)
    {
        await SqliteFile.SqlAsync(Scratch["logins.db"], $"""
            CREATE TABLE relayed (ip TEXT PRIMARY KEY, logintime INTEGER NOT NULL);
            INSERT INTO relayed VALUES ('{permanentAddress}', 0);
            """);
        await File.WriteAllTextAsync(
            Scratch["logins.cf"],
            $"dbpath = {Scratch["logins.db"]}\nquery = SELECT logintime FROM relayed WHERE ip = '%s'\n");
    }
}
