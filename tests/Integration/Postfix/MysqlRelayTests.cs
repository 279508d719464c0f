// mysql: tables, with the columns of courier-auth-postfix's manual and without a key.
using System.Globalization;
using Authd.Tests.Integration.Mysql;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

[Collection(MysqlFixture.Name)]
public sealed class MysqlRelayTests(MysqlFixture fixture, RelayFixture relay) : RelayTests(relay)
{
    protected override string Table => "mysql:" + Scratch["logins.cf"];

    protected override async Task MakeTableAsync(string permanentAddress)
    {
        await fixture.Server.SqlAsync($"""
            DROP TABLE IF EXISTS relayed;
            CREATE TABLE relayed (ip varchar(45), logintime varchar(20));
            INSERT INTO relayed VALUES ('{permanentAddress}', '0');
            """);

        // No server listens on the first host.
        await File.WriteAllTextAsync(Scratch["logins.cf"], string.Create(CultureInfo.InvariantCulture, $"""
            hosts = 127.0.0.1:1, 127.0.0.1:{fixture.Server.Port}
            user = mail
            password = secret
            dbname = mail
            table = relayed
            where_field = ip
            select_field = logintime

            """));
    }
}
