// Reports the daemon's state to systemd (sd_notify(3)); without systemd it does nothing.
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Authd.Core;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Systemd;

/// <summary>The service manager that started this process, if any.</summary>
public sealed class ServiceManager : IDisposable
{
    /// <summary>The name under which systemd keeps the listening socket while the service restarts.</summary>
    public const string SocketName = "authdaemond";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly UnixDatagram? _socket;
    private string? _status;

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

    /// <summary>The interval at which <see cref="Alive"/> is expected (half of systemd's limit); <c>null</c>: never.</summary>
    public TimeSpan? WatchdogInterval { get; }

    /// <summary>The service manager of this process.</summary>
    public static ServiceManager OfProcess() => new(Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <summary>All workers accept clients, after a start or after a reload, successful or not.</summary>
    /// <param name="status">One sentence for `systemctl status`.</param>
    public void Ready(string status)
    {
        _status = status;
        Send($"READY=1\n{StatusLine(status)}");
    }

    /// <summary>Adds the daemon's load to the status of <see cref="Ready"/>; does nothing before that.</summary>
    public void Busy(string rates)
    {
        if (_status is not null)
        {
            Send(StatusLine($"{_status}; {rates}"));
        }
    }

    /// <summary>A reload begins; <see cref="Ready"/> ends it.</summary>
    public void Reloading() =>
        // systemd compares the time (CLOCK_MONOTONIC, which Stopwatch reads) with that of its request.
        Send(string.Create(
            CultureInfo.InvariantCulture,
            $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}"));

    /// <summary>The daemon stops.</summary>
    public void Stopping()
    {
        _status = null;
        Send($"STOPPING=1\n{StatusLine("Stopping")}");
    }

    /// <summary>The reason why the daemon cannot start, for `systemctl status`.</summary>
    public void Failed(string reason) => Send(StatusLine(reason));

    /// <summary>The daemon works. Repeat this each <see cref="WatchdogInterval"/>.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <summary>
    /// Has systemd keep the listening socket open while the service restarts or after a crash, so that clients wait in its queue
    /// instead of being refused. A stop closes it.
    /// </summary>
    /// <param name="listener">The socket, in place of the previous one.</param>
    /// <param name="section">The section of authdaemond.ini that it belongs to; <c>null</c>: the daemon's own socket.</param>
    public void Keep(Socket listener, string? section = null)
    {
        Forget(section);
        Send($"FDSTORE=1\nFDNAME={NameOf(section)}", (int)listener.SafeHandle.DangerousGetHandle());
    }

    /// <summary>Tells systemd not to keep that socket any longer.</summary>
    public void Forget(string? section) => Send($"FDSTOREREMOVE=1\nFDNAME={NameOf(section)}");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private static string NameOf(string? section) => section is null ? SocketName : $"{SocketName}-{section}";

    private static string StatusLine(string text) => $"STATUS={Core.Logging.Log.Clean(WireText.FromUnicode(text))}";

    // The daemon serves even if the service manager does not listen.
    private void Send(string message, int descriptor = -1) => _socket?.Send(Encoding.ASCII.GetBytes(message), descriptor);
}
