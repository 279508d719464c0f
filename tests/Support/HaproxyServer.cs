// Debian's HAProxy, unpacked but not installed, before servers of the tests.
using System.Globalization;

namespace Authd.Tests.Support;

/// <summary>One proxy in TCP mode: the first server that is up gets all connections.</summary>
public sealed class HaproxyServer : IAsyncDisposable
{
    private readonly ScratchDirectory _directory = new();
    private readonly BackgroundServer _process = new();

    /// <summary><c>packaging/need test</c> has unpacked the program.</summary>
    public static bool IsUnpacked => File.Exists(Program);

    /// <summary>TCP port on 127.0.0.1.</summary>
    public int Port => _process.Port;

    private static string Program => Unpacked("haproxy", "sbin/haproxy");

    /// <summary>Starts one.</summary>
    /// <param name="servers">The servers' TCP ports on 127.0.0.1, the one to prefer first. They are checked twice a second.</param>
    public static async Task<HaproxyServer> StartNewAsync(params int[] servers)
    {
        HaproxyServer haproxy = new();
        string configuration = haproxy._directory["haproxy.cfg"];
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            defaults
                mode tcp
                timeout connect 2s
                timeout client 1h
                timeout server 1h
                option redispatch
                default-server check inter 500ms fall 1 rise 1 on-marked-down shutdown-sessions
            listen accounts
                bind 127.0.0.1:{haproxy.Port}
            {string.Concat(servers.Select((port, i) => $"    server s{i} 127.0.0.1:{port}{(i == 0 ? "" : " backup")}\n"))}
            """));
        string triplet = File.Exists(Unpacked("liblua5.3-0", "lib/aarch64-linux-gnu/liblua5.3.so.0")) ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        string[] libraries = ["liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"];
        await haproxy._process.StartAsync(
            [Program, "-db", "-f", configuration],
            new Dictionary<string, string>
            {
                ["LD_LIBRARY_PATH"] = string.Join(':', libraries.Select(package => Unpacked(package, $"lib/{triplet}"))),
            });
        return haproxy;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync();
        _directory.Dispose();
    }

    private static string Unpacked(string package, string path) =>
        Path.Combine(Repository.Root, "out/unpacked", package, "usr", path);
}
