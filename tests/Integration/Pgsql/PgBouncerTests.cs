// authpgsql behind PgBouncer in transaction mode.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Authd.Core;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgBouncerTests(PgsqlFixture fixture) : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bouncer").FullName;
    private readonly int _port = FreePort();
    private Process _bouncer = null!;

    public async Task InitializeAsync()
    {
        string ini = Path.Combine(_directory, "pgbouncer.ini");
        await File.WriteAllTextAsync(ini, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            postgres = host=127.0.0.1 port={fixture.Server.Port} user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 3
            """));
        File.SetUnixFileMode(_directory, (UnixFileMode)Convert.ToInt32("755", 8));
        string[] drop = ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", "pgbouncer", "-q", ini];
        ProcessStartInfo start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", drop) : new ProcessStartInfo("pgbouncer", ["-q", ini]);
        start.RedirectStandardError = true;
        _bouncer = Process.Start(start)!;
        _bouncer.ErrorDataReceived += static (_, _) => { };
        _bouncer.BeginErrorReadLine();
        for (int i = 0; i < 200 && !await ListensAsync(); i++)
        {
            await Task.Delay(50);
        }
    }

    public async Task DisposeAsync()
    {
        _bouncer.Kill();
        await _bouncer.WaitForExitAsync();
        _bouncer.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Unnamed_statements_pass_a_pooler_in_transaction_mode()
    {
        string settings = fixture.Settings.Replace(
            string.Create(CultureInfo.InvariantCulture, $"port={fixture.Server.Port}"),
            string.Create(CultureInfo.InvariantCulture, $"port={_port}"), StringComparison.Ordinal);
        await using PgsqlHost host = new(settings, "[pgsql]\nprepare = no\nconnections = 4");
        for (int i = 0; i < 10; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => host.LookupAsync("alice")));
            Assert.All(outcomes, outcome => Assert.Equal("alice@example.com", outcome.Account?.Address));
        }

        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "password")).Verdict);
        Assert.NotEmpty(await host.ListAsync());
        Assert.DoesNotContain(host.Errors, line => !line.Contains("in the row of", StringComparison.Ordinal));
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> ListensAsync()
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
