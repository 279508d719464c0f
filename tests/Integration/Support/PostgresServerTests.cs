// The private PostgreSQL cluster that other tests rely on.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Support;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task A_cluster_starts_restarts_freezes_and_leaves_nothing()
    {
        string directory;
        await using (PostgresServer server = await PostgresServer.StartNewAsync())
        {
            directory = server.Directory;
            await server.PsqlAsync("CREATE TABLE t(a text); INSERT INTO t VALUES ('x');");
            await server.RestartAsync();
            await server.FreezeAsync();
            server.Thaw();
            Assert.Equal("x", await server.PsqlAsync("SELECT a FROM t"));
        }

        Assert.False(Directory.Exists(directory));
    }
}
