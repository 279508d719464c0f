using System.Diagnostics;
using System.Net.Sockets;

namespace Authd.Tests.Support;

/// <summary>A daemon running in the foreground for a test, the C one or ours: start, log, readiness, end.</summary>
public abstract class DaemonProcess : IAuthDaemon
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly CourierSite _site;
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Task _reading;

    /// <summary>Starts the program in the site's mount namespace.</summary>
    protected DaemonProcess(
        CourierSite site, string state, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        _site = site;
        State = state;
        ProcessStartInfo start = ProcessRunner.StartInfo(site.Inside(state, command), environment);
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        Pid = _process.Id;
        _reading = ReadLogAsync(_process.StandardError);
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string State { get; }

    /// <inheritdoc/>
    public string SocketPath => Path.Combine(State, "socket");

    /// <inheritdoc/>
    public int Pid { get; }

    /// <summary>Whether the daemon has ended by itself or by a signal.</summary>
    public bool HasExited => _process.HasExited;

    /// <inheritdoc/>
    public IReadOnlyList<string> LogLines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <inheritdoc/>
    public Task<ProgramResult> RunClientAsync(
        IEnumerable<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null) =>
        ProcessRunner.RunAsync(ClientCommand(command), input, environment);

    /// <inheritdoc/>
    public IReadOnlyList<string> ClientCommand(IEnumerable<string> command) => _site.Inside(State, command);

    /// <summary>Waits for the end of the daemon and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Waits until the log holds a line that contains <paramref name="text"/>.</summary>
    public Task LogHasAsync(string text) => Eventually.IsTrueAsync(
        () => LogLines.Any(l => l.Contains(text, StringComparison.Ordinal)), $"the log line '{text}' of {Name}");

    /// <summary>Waits until the socket accepts connections.</summary>
    /// <exception cref="InvalidOperationException">The daemon ended instead; the message is its log.</exception>
    public async Task ReadyAsync()
    {
        await Eventually.IsTrueAsync(async () => _process.HasExited || await CanConnectAsync(), $"the socket of {Name}");
        if (_process.HasExited)
        {
            await _reading;
            throw new InvalidOperationException($"{Name} ended with {_process.ExitCode}: {string.Join('\n', LogLines)}");
        }
    }

    /// <summary>Ends the daemon with SIGTERM, and the rest of it and its children with SIGKILL.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (!_process.HasExited)
        {
            IReadOnlyList<int> family = [Pid, .. ProcessTree.Descendants(Pid)];
            await ProcessRunner.TrySignalAsync(Pid, "TERM");
            await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(StopLimit));
            foreach (int pid in family.Where(ProcessTree.IsAlive))
            {
                await ProcessRunner.TrySignalAsync(pid, "KILL");
            }

            await _process.WaitForExitAsync();
        }

        // A process that still holds stderr has outlived the daemon. That fails the test instead of hanging it.
        await _reading.WaitAsync(ProcessRunner.Limit);
        _process.Dispose();
    }

    private async Task<bool> CanConnectAsync()
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
            return true;
        }
        catch (SocketException)
        {
            return false; // Not ready yet: the caller asks again.
        }
    }

    private async Task ReadLogAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }
}
