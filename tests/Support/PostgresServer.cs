using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Authd.Linux.Processes;

namespace Authd.Tests.Support;

/// <summary>The options of a <see cref="PostgresServer"/>; the default is a UTF-8 cluster without passwords.</summary>
/// <param name="Encoding">Encoding of template1 and postgres; the locale is always C.</param>
/// <param name="Auth">Method of pg_hba.conf for TCP and Unix socket: <c>trust</c>, <c>scram-sha-256</c>, <c>md5</c>.</param>
/// <param name="Password">Password of the superuser <c>postgres</c>.</param>
/// <param name="Settings">Further lines of postgresql.conf, e.g. <c>ssl = on</c>.</param>
/// <param name="HostBased">A whole pg_hba.conf in place of the one made for <paramref name="Auth"/>.</param>
public sealed record PostgresOptions(
    string Encoding = "UTF8",
    string Auth = "trust",
    string Password = "secret",
    string Settings = "",
    string? HostBased = null);

/// <summary>
/// A private PostgreSQL cluster for tests, with its own directory, port and socket; removed when disposed. When the tests run as
/// root, the cluster runs as user postgres, because PostgreSQL refuses root.
/// </summary>
public sealed class PostgresServer : IDatabaseServer
{
    private const int SigInt = 2;
    private const int SigCont = 18;
    private const int SigStop = 19;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Bin = FindBin();
    private readonly string _data;
    private readonly string _password;
    private Process? _postmaster;

    private PostgresServer(string directory, string password)
    {
        Directory = directory;
        _password = password;
        _data = Path.Combine(directory, "data");
        Port = FreePort();
    }

    /// <summary>The cluster's own directory; also the Unix socket's directory. Belongs to user postgres.</summary>
    public string Directory { get; }

    /// <summary>TCP port on 127.0.0.1, and the number in the Unix socket's name.</summary>
    public int Port { get; }

    /// <summary>A conninfo for the superuser over TCP, database postgres.</summary>
    public string Conninfo =>
        string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={Port} user=postgres password={_password} dbname=postgres");

    /// <summary>Makes the cluster and starts it.</summary>
    public static async Task<PostgresServer> StartNewAsync(PostgresOptions? options = null)
    {
        options ??= new PostgresOptions();
        string directory = System.IO.Directory.CreateTempSubdirectory("pg").FullName;
        PostgresServer server = new(directory, options.Password);
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", ["postgres:", directory]);
        }

        // Tests that connect as another user must be able to reach the socket in it.
        await RunAsync("chmod", ["755", directory]);
        string passwordFile = Path.Combine(directory, "pw");
        await File.WriteAllTextAsync(passwordFile, options.Password);
        await server.AsPostgresAsync(
            "initdb", "-D", server._data, "--no-sync", "--no-locale", "-E", options.Encoding, "-U", "postgres",
            "--pwfile=" + passwordFile, "-A", "trust");
        await server.ConfigureAsync(options);
        await server.StartAsync();
        return server;
    }

    /// <summary>Makes and starts a standby that follows this server. The
    /// options' HostBased must allow <c>local replication</c>.</summary>
    public async Task<PostgresServer> StartStandbyAsync()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("pg").FullName;
        PostgresServer standby = new(directory, _password);
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", ["postgres:", directory]);
        }

        await RunAsync("chmod", ["755", directory]);
        await standby.AsPostgresAsync(
            "pg_basebackup", "-D", standby._data, "-R", "-X", "stream", "--no-sync", "-c", "fast",
            "-h", Directory, "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres");
        await standby.SetAsync(string.Create(
            CultureInfo.InvariantCulture, $"port = {standby.Port}\nunix_socket_directories = '{directory}'"));
        await standby.StartAsync();
        return standby;
    }

    /// <summary>Makes a standby the primary.</summary>
    public Task PromoteAsync() => PsqlAsync("SELECT pg_promote();");

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        _postmaster = Process.Start(Command("postgres", "-D", _data))!;
        Drain(_postmaster);
        long until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!await AnswersAsync())
        {
            if (_postmaster.HasExited || Environment.TickCount64 > until)
            {
                throw new InvalidOperationException("PostgreSQL did not start: " + Directory);
            }

            await Task.Delay(20);
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        if (_postmaster is { HasExited: false } running)
        {
            ChildProcess.Signal(running.Id, SigInt);
            await running.WaitForExitAsync().WaitAsync(Patience);
        }

        _postmaster?.Dispose();
        _postmaster = null;
    }

    /// <summary>Stop and start.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <inheritdoc/>
    public Task FreezeAsync()
    {
        Family().ForEach(pid => ChildProcess.Signal(pid, SigStop));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Thaw() => Family().ForEach(pid => ChildProcess.Signal(pid, SigCont));

    /// <summary>Runs SQL as superuser with psql and returns the output (unaligned, without headers, trimmed).</summary>
    /// <param name="sql">UTF-8 text; may be several statements.</param>
    /// <param name="database">The database.</param>
    /// <param name="clientEncoding">PGCLIENTENCODING; the SQL text stays UTF-8 as given.</param>
    public async Task<string> PsqlAsync(string sql, string database = "postgres", string clientEncoding = "UTF8")
    {
        ProcessStartInfo start = Command(
            "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", Directory,
            "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-d", database, "-f", "-");
        start.Environment["PGPASSWORD"] = _password;
        start.Environment["PGCLIENTENCODING"] = clientEncoding;
        return (await RunAsync(start, sql)).Trim();
    }

    /// <inheritdoc/>
    Task<string> IDatabaseServer.SqlAsync(string sql) => PsqlAsync(sql);

    /// <summary>Adds the line to postgresql.conf; it takes effect at the next start or <see cref="ReloadAsync"/>.</summary>
    public Task SetAsync(string line) => File.AppendAllTextAsync(Path.Combine(_data, "postgresql.conf"), line + "\n");

    /// <summary>Writes pg_hba.conf and makes the server read it.</summary>
    public async Task SetHostBasedAsync(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "pg_hba.conf"), text);
        await ReloadAsync();
    }

    /// <summary>Makes the server read its configuration again.</summary>
    public Task ReloadAsync() => PsqlAsync("SELECT pg_reload_conf();");

    /// <summary>Gives a file to user postgres, unreadable for others (a TLS key).</summary>
    public static async Task GiveAsync(string path)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", ["postgres:", path]);
        }

        await RunAsync("chmod", ["600", path]);
    }

    /// <summary>Stops the server and removes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        Thaw();
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string FindBin()
    {
        string[] roots = ["/usr/lib/postgresql", "/usr"];
        IEnumerable<string> installed = roots.Where(System.IO.Directory.Exists)
            .SelectMany(root => System.IO.Directory.EnumerateDirectories(root, root == "/usr" ? "pgsql-*" : "*"))
            .Select(version => Path.Combine(version, "bin"))
            .Append("/usr/bin")
            .Where(bin => File.Exists(Path.Combine(bin, "initdb")));
        return installed.LastOrDefault(bin => bin != "/usr/bin")
            ?? installed.FirstOrDefault()
            ?? throw new InvalidOperationException("these tests need PostgreSQL's server programs (Debian: postgresql)");
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ConfigureAsync(PostgresOptions options)
    {
        await SetAsync(string.Create(CultureInfo.InvariantCulture, $"""
            listen_addresses = '127.0.0.1'
            port = {Port}
            unix_socket_directories = '{Directory}'
            fsync = off
            synchronous_commit = off
            full_page_writes = off
            max_connections = 60
            shared_buffers = 16MB
            {options.Settings}
            """));
        string hostBased = options.HostBased ?? $"local all all {options.Auth}\nhost all all 127.0.0.1/32 {options.Auth}\n";
        await File.WriteAllTextAsync(Path.Combine(_data, "pg_hba.conf"), hostBased);
    }

    private async Task<bool> AnswersAsync()
    {
        using Process ready = Process.Start(Command(
            "pg_isready", "-q", "-h", Directory, "-p", Port.ToString(CultureInfo.InvariantCulture)))!;
        Drain(ready);
        await ready.WaitForExitAsync();
        return ready.ExitCode == 0;
    }

    /// <summary>The postmaster and its children, as the process table has them.</summary>
    private List<int> Family()
    {
        List<int> family = [];
        if (_postmaster is not { HasExited: false } postmaster)
        {
            return family;
        }

        family.Add(postmaster.Id);
        string children = $"/proc/{postmaster.Id}/task/{postmaster.Id}/children";
        family.AddRange(File.ReadAllText(children)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)));
        return family;
    }

    private async Task AsPostgresAsync(string program, params string[] arguments) =>
        await RunAsync(Command(program, arguments), input: "");

    /// <summary>One of PostgreSQL's programs, as user postgres when we are root.</summary>
    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        string path = Path.Combine(Bin, program);
        string[] drop = ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", path];
        ProcessStartInfo start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", [.. drop, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = Directory;
        Redirect(start);
        return start;
    }

    private static void Redirect(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
    }

    /// <summary>Reads and discards a process's output, so that it never waits for a reader.</summary>
    private static void Drain(Process process)
    {
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private static Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments);
        Redirect(start);
        return RunAsync(start, input: "");
    }

    private static async Task<string> RunAsync(ProcessStartInfo start, string input)
    {
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{start.FileName} {start.ArgumentList.LastOrDefault()}: {await error}");
    }
}
