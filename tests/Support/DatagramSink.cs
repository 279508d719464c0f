using System.Net.Sockets;
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>Stands in for systemd, its journal or syslogd: a Unix datagram socket that keeps every message.</summary>
public sealed class DatagramSink : IAsyncDisposable
{
    /// <summary>The syslog socket of a program that runs <see cref="Under"/> this sink.</summary>
    public const string Syslog = "/dev/log";

    /// <summary>The journal's socket.</summary>
    public const string Journal = "/run/systemd/journal/socket";

    // A new file system at the mount point's directory, so that nothing is created in the machine's own. In place of /dev it
    // needs the devices that every program expects.
    private const string MountAndRun = """
        dir=$(dirname "$2"); mkdir -p "$dir"; new=$(mktemp -d) && mount -t tmpfs tmpfs "$new" &&
        { [ "$dir" != /dev ] || cp -a /dev/null /dev/zero /dev/random /dev/urandom /dev/tty "$new"; } &&
        touch "$new/$(basename "$2")" && mount --bind "$1" "$new/$(basename "$2")" && mount --move "$new" "$dir" &&
        rmdir "$new" && shift 2 && exec "$@"
        """;

    private readonly ScratchDirectory _scratch = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<string> _messages = [];
    private readonly TaskCompletionSource _resumed = new();
    private readonly Task _reading;

    /// <summary>Binds the socket.</summary>
    /// <param name="isStuck">Nothing is read before <see cref="Resume"/>.</param>
    public DatagramSink(bool isStuck = false)
    {
        if (!isStuck)
        {
            Resume();
        }

        _socket.Bind(new UnixDomainSocketEndPoint(Path));
        File.SetUnixFileMode(Path, (UnixFileMode)Convert.ToInt32("777", 8));
        _reading = ReadAsync();
    }

    /// <summary>The socket's path.</summary>
    public string Path => _scratch["socket"];

    /// <summary>The messages so far, one char a byte.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_messages)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>A command that runs the following one with this sink at <paramref name="place"/>; it must already be in a mount
    /// namespace of its own.</summary>
    public string[] Under(string place) => ["sh", "-c", MountAndRun, "sh", Path, place];

    /// <summary>Reads from now on, earlier messages first.</summary>
    public void Resume() => _resumed.TrySetResult();

    /// <summary>Waits for a message that contains <paramref name="text"/>, starting with number
    /// <paramref name="from"/>.</summary>
    public async Task<string> HasAsync(string text, int from = 0)
    {
        bool Found(string message) => message.Contains(text, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => Messages.Skip(from).Any(Found), $"the message '{text}'");
        return Messages.Skip(from).First(Found);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        Resume();
        await _reading;
        _scratch.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[65536];
        await _resumed.Task;
        try
        {
            while (true)
            {
                int count = await _socket.ReceiveAsync(buffer);
                lock (_messages)
                {
                    _messages.Add(WireText.FromBytes(buffer.AsSpan(0, count)));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed of at the end of the test.
        }
    }
}
