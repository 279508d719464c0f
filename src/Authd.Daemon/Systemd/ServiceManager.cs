// Tells systemd what the daemon is doing (sd_notify(3)); without systemd it tells nobody.
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Authd.Core;
using Authd.Interop;

namespace Authd.Daemon.Systemd;

/// <summary>The service manager that started this process, if one did.</summary>
public sealed class ServiceManager : IDisposable
{
    /// <summary>Under this name systemd keeps the listening socket while the service restarts.</summary>
    public const string SocketName = "authdaemond";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly UnixDatagram? _socket;

    /// <summary>A service manager as the environment describes it.</summary>
    /// <param name="variable">An environment variable's value, or <c>null</c>.</param>
    /// <param name="pid">This process.</param>
    public ServiceManager(Func<string, string?> variable, int pid)
    {
        if (variable("NOTIFY_SOCKET") is { Length: > 1 } path)
        {
            _socket = new UnixDatagram(path, Patience);
        }

        string mine = pid.ToString(CultureInfo.InvariantCulture);
        if (long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds > 0 && (variable("WATCHDOG_PID") ?? mine) == mine)
        {
            WatchdogInterval = TimeSpan.FromMicroseconds(microseconds / 2.0);
        }
    }

    /// <summary>How often <see cref="Alive"/> is expected (half of what systemd allows); <c>null</c>: never.</summary>
    public TimeSpan? WatchdogInterval { get; }

    /// <summary>The service manager of this process.</summary>
    public static ServiceManager OfProcess() => new(Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <summary>All workers accept clients, after a start or after a reload, successful or not.</summary>
    /// <param name="status">One sentence for `systemctl status`.</param>
    public void Ready(string status) => Send($"READY=1\n{StatusLine(status)}");

    /// <summary>A reload begins; <see cref="Ready"/> ends it.</summary>
    public void Reloading() =>
        // systemd compares the time (CLOCK_MONOTONIC, which Stopwatch reads) with that of its request.
        Send(string.Create(
            CultureInfo.InvariantCulture,
            $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}"));

    /// <summary>The daemon stops.</summary>
    public void Stopping() => Send($"STOPPING=1\n{StatusLine("Stopping")}");

    /// <summary>Why the daemon cannot start, for `systemctl status`.</summary>
    public void Failed(string reason) => Send(StatusLine(reason));

    /// <summary>The daemon works: to be repeated each <see cref="WatchdogInterval"/>.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <summary>
    /// Has systemd keep the listening socket open while the service restarts or after it crashed: clients wait in its
    /// queue instead of being refused. (A stop gives it up.)
    /// </summary>
    public void Keep(Socket listener)
    {
        Send($"FDSTOREREMOVE=1\nFDNAME={SocketName}");
        Send($"FDSTORE=1\nFDNAME={SocketName}", (int)listener.SafeHandle.DangerousGetHandle());
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private static string StatusLine(string text) => $"STATUS={Core.Logging.Log.Clean(WireText.FromUnicode(text))}";

    // A service manager that does not listen is no reason to stop serving mail.
    private void Send(string message, int descriptor = -1) => _socket?.Send(Encoding.ASCII.GetBytes(message), descriptor);
}
