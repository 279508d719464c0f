// The listening sockets that systemd passes (sd_listen_fds(3)): that of courier-authlib.socket, or one kept over a restart.
using System.Globalization;
using System.Net.Sockets;

namespace Authd.Daemon.Supervisor;

/// <summary>Finds the daemon's sockets among the descriptors that were passed to this process.</summary>
public sealed class InheritedSockets : IDisposable
{
    private const int FirstDescriptor = 3;

    private readonly List<Socket> _passed = [.. Passed()];

    /// <summary>The socket bound to <paramref name="path"/>, or <c>null</c> when none was passed.</summary>
    /// <param name="path">The configured path; a socket that listens elsewhere is not taken.</param>
    public Socket? Take(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        // A socket that systemd made itself takes precedence over one of ours that it kept, because it has replaced that one.
        Socket? taken = _passed.Find(socket => IsBoundTo(socket, path))
            ?? _passed.Find(socket => IsBoundTo(socket, ListenSocket.TemporaryName(path)));
        if (taken is not null)
        {
            _passed.Remove(taken);
            taken.Blocking = false;
        }

        return taken;
    }

    /// <summary>Closes the sockets that were not taken.</summary>
    public void Dispose()
    {
        _passed.ForEach(static socket => socket.Dispose());
        _passed.Clear();
    }

    private static IEnumerable<Socket> Passed()
    {
        if (Number("LISTEN_PID") != Environment.ProcessId)
        {
            yield break;
        }

        for (int descriptor = FirstDescriptor; descriptor < FirstDescriptor + Number("LISTEN_FDS"); descriptor++)
        {
            yield return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        }
    }

    private static bool IsBoundTo(Socket socket, string path) =>
        socket is { AddressFamily: AddressFamily.Unix, SocketType: SocketType.Stream }
        && socket.LocalEndPoint?.ToString() == path;

    private static int Number(string variable) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : 0;
}
