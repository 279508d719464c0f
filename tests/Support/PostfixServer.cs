using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Authd.Tests.Support;

/// <summary>
/// A private Postfix for tests, with its own configuration, queue and port of smtpd; removed when disposed. Tests connect from
/// this machine and may set another client address with XCLIENT. Needs root.
/// </summary>
public sealed class PostfixServer : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private PostfixServer()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The port of smtpd.</summary>
    public int Port { get; }

    /// <summary>Postfix's queue_directory, which is the root directory of a chrooted smtpd.</summary>
    public string QueueDirectory => _scratch["queue"];

    /// <summary>Postfix's own log.</summary>
    public string LogText => File.Exists(_scratch["log"]) ? File.ReadAllText(_scratch["log"]) : "";

    /// <summary>Starts one whose smtpd relays for clients in a table.</summary>
    /// <param name="table">The table for check_client_access, <c>type:name</c>.</param>
    public static Task<PostfixServer> StartNewAsync(string table) => StartNewAsync(
        [$"smtpd_relay_restrictions = check_client_access {table}, reject_unauth_destination", $"proxy_read_maps = {table}"]);

    /// <summary>Starts one with settings of its own.</summary>
    /// <param name="settings">Lines of main.cf.</param>
    /// <param name="chroot">smtpd sees only the queue directory, as on Debian.</param>
    public static async Task<PostfixServer> StartNewAsync(IReadOnlyList<string> settings, bool chroot = false)
    {
        PostfixServer server = new();
        await server.ConfigureAsync(settings, chroot);
        await server.RunAsync("start");
        return server;
    }

    /// <summary>smtpd's answer to a client that wants mail relayed:
    /// <c>250 ...</c> or <c>554 ... Relay access denied</c>.</summary>
    /// <param name="address">The client's address.</param>
    public Task<string> RelayAsync(string address) => TalkAsync(
        $"XCLIENT ADDR={(address.Contains(':') ? "IPV6:" + address : address)}", "EHLO client.example",
        "MAIL FROM:<john@example.com>", "RCPT TO:<jane@elsewhere.example>");

    /// <summary>smtpd's answer to AUTH PLAIN.</summary>
    public Task<string> LoginAsync(string user, string password) =>
        TalkAsync($"AUTH PLAIN {Convert.ToBase64String(Encoding.Latin1.GetBytes($"\0{user}\0{password}"))}");

    /// <summary>smtpd's answer to a recipient.</summary>
    public Task<string> RecipientAsync(string address) => TalkAsync("MAIL FROM:<john@example.com>", $"RCPT TO:<{address}>");

    /// <summary>smtpd's answer to the last of some commands after an EHLO: the last line of the reply.</summary>
    public async Task<string> TalkAsync(params string[] commands)
    {
        using TcpClient client = new();
        using CancellationTokenSource limit = new(ProcessRunner.Limit);
        await client.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
        using StreamReader reader = new(client.GetStream());
        await using StreamWriter writer = new(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        await ReplyAsync(reader, limit.Token);
        string reply = "";
        foreach (string command in commands.Prepend("EHLO client.example"))
        {
            await writer.WriteLineAsync(command.AsMemory(), limit.Token);
            reply = await ReplyAsync(reader, limit.Token);
        }

        await writer.WriteLineAsync("QUIT".AsMemory(), limit.Token);
        await ReplyAsync(reader, limit.Token);
        return reply;
    }

    /// <summary>Ends all of its processes and starts it again.</summary>
    public async Task RestartAsync()
    {
        await RunAsync("stop");
        await RunAsync("start");
    }

    /// <summary>Stops it and removes its directories.</summary>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop");
        _scratch.Dispose();
    }

    private Task RunAsync(string command) => ProcessRunner.RunOrThrowAsync(["postfix", "-c", _scratch["etc"], command]);

    private async Task ConfigureAsync(IReadOnlyList<string> settings, bool chroot)
    {
        foreach (string name in new[] { "etc", "queue", "data" })
        {
            Directory.CreateDirectory(_scratch[name]);
        }

        await ProcessRunner.RunOrThrowAsync(["chown", "postfix", _scratch["data"]]);
        await File.WriteAllTextAsync(Path.Combine(_scratch["etc"], "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_scratch["queue"]}
            data_directory = {_scratch["data"]}
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            shlib_directory = /usr/lib/postfix
            meta_directory = /etc/postfix
            maillog_file = {_scratch["log"]}
            maillog_file_prefixes = {_scratch.Path}
            myhostname = mx.example.com
            mydestination = localhost
            mynetworks =
            inet_interfaces = 127.0.0.1
            inet_protocols = all
            alias_maps =
            local_recipient_maps =
            smtpd_authorized_xclient_hosts = 127.0.0.1
            smtpd_error_sleep_time = 0
            smtpd_recipient_restrictions =
            {string.Join('\n', settings)}
            """ + "\n");
        await File.WriteAllTextAsync(Path.Combine(_scratch["etc"], "master.cf"), string.Create(CultureInfo.InvariantCulture, $"""
            127.0.0.1:{Port} inet n - {(chroot ? 'y' : 'n')} - - smtpd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            proxymap unix - - n - - proxymap
            virtual unix - n n - - virtual
            postlog unix-dgram n - n - 1 postlogd

            """));
    }

    /// <summary>The last line of a reply.</summary>
    private static async Task<string> ReplyAsync(StreamReader reader, CancellationToken limit)
    {
        string? line;
        do
        {
            line = await reader.ReadLineAsync(limit);
        }
        while (line is [_, _, _, '-', ..]);

        return line ?? throw new IOException("smtpd has closed the connection");
    }
}
