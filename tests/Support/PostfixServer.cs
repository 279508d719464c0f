// A private Postfix for tests: own configuration, own queue, smtpd on a port of its own, gone when disposed.
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Authd.Tests.Support;

/// <summary>
/// One instance whose smtpd lets clients relay that a table permits. Tests connect from this machine and say with XCLIENT
/// where they pretend to come from. Needs root.
/// </summary>
public sealed class PostfixServer : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly int _port;

    private PostfixServer()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        _port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it.</summary>
    /// <param name="table">The table for check_client_access, <c>type:name</c>.</param>
    public static async Task<PostfixServer> StartNewAsync(string table)
    {
        PostfixServer server = new();
        await server.StartAsync(table);
        return server;
    }

    /// <summary>What smtpd answers a client that wants mail relayed: <c>250 ...</c> or <c>554 ... Relay access
    /// denied</c>.</summary>
    /// <param name="address">The client's address.</param>
    public async Task<string> RelayAsync(string address)
    {
        using TcpClient client = new();
        using CancellationTokenSource limit = new(ProcessRunner.Limit);
        await client.ConnectAsync(IPAddress.Loopback, _port, limit.Token);
        using StreamReader reader = new(client.GetStream());
        await using StreamWriter writer = new(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        await ReplyAsync(reader, limit.Token);
        string given = address.Contains(':') ? "IPV6:" + address : address;
        string reply = "";
        foreach (string command in new[]
        {
            "EHLO client.example", $"XCLIENT ADDR={given}", "EHLO client.example", "MAIL FROM:<john@example.com>",
            "RCPT TO:<jane@elsewhere.example>",
        })
        {
            await writer.WriteLineAsync(command.AsMemory(), limit.Token);
            reply = await ReplyAsync(reader, limit.Token);
        }

        await writer.WriteLineAsync("QUIT".AsMemory(), limit.Token);
        await ReplyAsync(reader, limit.Token);
        return reply;
    }

    /// <summary>Stops it and removes its directories.</summary>
    public async ValueTask DisposeAsync()
    {
        await ProcessRunner.RunOrThrowAsync(["postfix", "-c", _scratch["etc"], "stop"]);
        _scratch.Dispose();
    }

    private async Task StartAsync(string table)
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
            smtpd_relay_restrictions = check_client_access {table}, reject_unauth_destination
            smtpd_recipient_restrictions =
            proxy_read_maps = {table}
            """ + "\n");
        await File.WriteAllTextAsync(Path.Combine(_scratch["etc"], "master.cf"), string.Create(CultureInfo.InvariantCulture, $"""
            127.0.0.1:{_port} inet n - n - - smtpd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            proxymap unix - - n - - proxymap
            postlog unix-dgram n - n - 1 postlogd

            """));
        await ProcessRunner.RunOrThrowAsync(["postfix", "-c", _scratch["etc"], "start"]);
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
