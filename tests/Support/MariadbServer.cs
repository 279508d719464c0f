using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Authd.Linux.Processes;

namespace Authd.Tests.Support;

/// <summary>A private MariaDB server for tests, with its own directory, port and socket; removed when disposed. When the tests
/// run as root it runs as user mysql.</summary>
public sealed class MariadbServer : IDatabaseServer
{
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ScratchDirectory _scratch = new();
    private readonly string[] _options;
    private Process? _server;

    private MariadbServer(string[] options)
    {
        _options = options;
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>TCP port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The Unix socket.</summary>
    public string Socket => _scratch["mariadb.sock"];

    /// <summary>The server's own directory, for files that it must be able to read.</summary>
    public string Directory => _scratch.Path;

    /// <summary>The lines of authmysqlrc for user mail, password <c>secret</c>, database mail, over TCP.</summary>
    public string OverTcp => string.Create(
        CultureInfo.InvariantCulture, $"MYSQL_SERVER 127.0.0.1\nMYSQL_PORT {Port}\nMYSQL_OPT 0\n{Login}");

    /// <summary>The same over the Unix socket.</summary>
    public string OverSocket => $"MYSQL_SOCKET {Socket}\nMYSQL_PORT 0\nMYSQL_OPT 0\n{Login}";

    /// <summary>User, password and database.</summary>
    public static string Login => "MYSQL_USERNAME mail\nMYSQL_PASSWORD secret\nMYSQL_DATABASE mail\n";

    /// <summary>Creates and starts the server, with a database <c>mail</c> and a user with all rights in it.</summary>
    /// <param name="options">Further options of mariadbd.</param>
    public static async Task<MariadbServer> StartNewAsync(params string[] options)
    {
        MariadbServer server = new(options);
        if (Environment.IsPrivilegedProcess)
        {
            await ProcessRunner.RunOrThrowAsync(["chown", "mysql:", server.Directory]);
        }

        await ProcessRunner.RunOrThrowAsync(AsMysql(
            "mariadb-install-db", "--no-defaults", "--datadir=" + server._scratch["data"], "--tmpdir=" + server.Directory,
            "--skip-test-db", "--auth-root-authentication-method=normal"));
        await server.StartAsync();
        await server.SqlAsync("""
            CREATE DATABASE mail CHARACTER SET utf8mb4;
            CREATE USER mail@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('secret');
            CREATE USER mail@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('secret');
            GRANT ALL ON mail.* TO mail@'%';
            GRANT ALL ON mail.* TO mail@localhost;
            """, database: "");
        return server;
    }

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        _server = Process.Start(ProcessRunner.StartInfo(AsMysql(
            [
                "mariadbd", "--no-defaults", "--datadir=" + _scratch["data"], "--tmpdir=" + Directory, "--socket=" + Socket,
                string.Create(CultureInfo.InvariantCulture, $"--port={Port}"), "--bind-address=127.0.0.1", "--skip-name-resolve",
                "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", "--performance-schema=OFF",
                "--plugin-maturity=alpha", "--plugin-load-add=auth_ed25519", .. _options,
            ]), environment: null))!;
        _server.OutputDataReceived += static (_, _) => { };
        _server.ErrorDataReceived += static (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        await Eventually.IsTrueAsync(async () => _server.HasExited || await AnswersAsync(), "MariaDB's first answer");
        if (_server.HasExited)
        {
            throw new InvalidOperationException("MariaDB did not start");
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        if (_server is { HasExited: false } running)
        {
            ChildProcess.Signal(running.Id, SigTerm);
            await running.WaitForExitAsync().WaitAsync(Patience);
        }

        _server?.Dispose();
        _server = null;
    }

    /// <inheritdoc/>
    public async Task FreezeAsync()
    {
        Signal(SigStop);
        await Eventually.IsTrueAsync(AllThreadsStandAsync, "the standstill of all its threads");
    }

    /// <inheritdoc/>
    public void Thaw() => Signal(SigCont);

    /// <summary>The running server.</summary>
    public int Pid => _server!.Id;

    /// <summary>Runs SQL as root and returns the output (TABs between columns, no headers, trimmed).</summary>
    public async Task<string> SqlAsync(string sql, string database = "mail") => (await ProcessRunner.RunOrThrowAsync(
        ["mariadb", "--no-defaults", "-u", "root", "-S", Socket, "-N", "-B", "--default-character-set=utf8mb4", database],
        Core.WireText.FromUnicode(sql))).Trim();

    /// <inheritdoc/>
    Task<string> IDatabaseServer.SqlAsync(string sql) => SqlAsync(sql);

    /// <summary>Stops the server and removes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        Thaw();
        await StopAsync();
        _scratch.Dispose();
    }

    private static string[] AsMysql(params string[] command) => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=mysql", "--regid=mysql", "--init-groups", "--", .. command] : command;

    private async Task<bool> AnswersAsync() => (await ProcessRunner.RunAsync(
        ["mariadb", "--no-defaults", "-u", "root", "-S", Socket, "-e", "SELECT 1"])).ExitCode == 0;

    private async Task<bool> AllThreadsStandAsync()
    {
        string states = await ProcessRunner.RunOrThrowAsync(
            ["ps", "-L", "-o", "state=", "-p", Pid.ToString(CultureInfo.InvariantCulture)]);
        return states.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(state => state == "T");
    }

    private void Signal(int number)
    {
        if (_server is { HasExited: false } running)
        {
            ChildProcess.Signal(running.Id, number);
        }
    }
}
