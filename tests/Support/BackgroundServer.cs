// A program that listens on a TCP port of its own.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Authd.Tests.Support;

/// <summary>Starts and stops it; its output is dropped.</summary>
internal sealed class BackgroundServer
{
    private Process? _process;

    /// <summary>TCP port on 127.0.0.1, free when this was made.</summary>
    public int Port { get; } = FreePort();

    /// <summary>Starts the program and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task StartAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        _process = Process.Start(ProcessRunner.StartInfo(command, environment))!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.IsTrueAsync(
            async () => _process.HasExited ? throw new InvalidOperationException($"{command[^1]}: {command[0]} ended") : await ListensAsync(),
            $"the port of {command[0]}");
    }

    /// <summary>Stops it, if it runs.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
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
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
