// A private PgBouncer before a PostgreSQL server of the tests.
using System.Globalization;

namespace Authd.Tests.Support;

/// <summary>One pooler, which lets everybody in as user postgres. As root it runs as user postgres.</summary>
public sealed class PgBouncerServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private readonly ScratchDirectory _directory = new();
    private readonly int _server;
    private readonly BackgroundServer _process = new();

    private PgBouncerServer(int server) => _server = server;

    /// <summary>Debian's package is there.</summary>
    public static bool IsInstalled => File.Exists(Program);

    /// <summary>TCP port on 127.0.0.1.</summary>
    public int Port => _process.Port;

    /// <summary>Starts one in transaction mode.</summary>
    /// <param name="server">The server's TCP port on 127.0.0.1.</param>
    /// <param name="poolSize">Connections to the server.</param>
    public static async Task<PgBouncerServer> StartNewAsync(int server, int poolSize)
    {
        PgBouncerServer bouncer = new(server);
        await bouncer.SetModeAsync("transaction", poolSize);
        return bouncer;
    }

    /// <summary>Starts it anew.</summary>
    /// <param name="mode"><c>pool_mode</c>.</param>
    /// <param name="poolSize">Connections to the server. With sessions, clients beyond that wait.</param>
    public async Task SetModeAsync(string mode, int poolSize)
    {
        await _process.StopAsync();
        string ini = _directory["pgbouncer.ini"];
        await File.WriteAllTextAsync(ini, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            postgres = host=127.0.0.1 port={_server} user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {Port}
            unix_socket_dir =
            auth_type = any
            pool_mode = {mode}
            default_pool_size = {poolSize}
            """));
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        string[] command = [Program, "-q", ini];
        await _process.StartAsync(Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", .. command] : command);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync();
        _directory.Dispose();
    }
}
