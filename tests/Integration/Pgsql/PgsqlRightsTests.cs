// authpgsql in workers that are not root, with an rc file that only root can read.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public class PgsqlRightsTests(PgsqlFixture postgres)
{
    [Fact]
    public async Task Look_ups_logins_and_changes_work_without_root_and_a_reload_as_well()
    {
        await postgres.Server.PsqlAsync("CREATE TABLE rights (LIKE passwd); INSERT INTO rights SELECT * FROM passwd WHERE id = 'bob@example.com';");
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql", 1);
        site.WriteAuthpgsqlrc(
            postgres.Server.Conninfo,
            SqlPeople.Fields("PGSQL", "DEFAULTDELIVERY", PgsqlFixture.Options).Replace("TABLE passwd", "TABLE rights", StringComparison.Ordinal));
        File.SetUnixFileMode(Path.Combine(site.Config, "authpgsqlrc"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await Eventually.IsTrueAsync(() => daemon.Workers.Count == 1, "the worker");
        string password = "secret";
        foreach (string next in (string[])["next", "third"])
        {
            await Eventually.IsTrueAsync(
                () => !ProcessRights.OfThreads(daemon.Workers[0])[0].Uids.Split('\t').Contains("0"), "the worker without root");
            Assert.StartsWith("UID=1003\n", await AskAsync(daemon, Requests.Lookup("bob@example.com")), StringComparison.Ordinal);
            Assert.Contains($"\nPASSWD2={password}\n", await AskAsync(daemon, Requests.Login("bob@example.com", password)), StringComparison.Ordinal);
            Assert.Equal("OK\n", await AskAsync(daemon, Requests.ChangePassword("bob@example.com", password, next)));
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login("bob@example.com", password)));
            password = next;
            int worker = daemon.Workers[0];
            await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
            await Eventually.IsTrueAsync(() => daemon.Workers.Count == 1 && daemon.Workers[0] != worker, "the new worker");
        }
    }

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;
}
