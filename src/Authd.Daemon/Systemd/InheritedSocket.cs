// The listening socket that systemd hands over (sd_listen_fds(3)): of courier-authlib.socket, or kept over a restart.
using System.Globalization;
using System.Net.Sockets;
using Authd.Daemon.Supervisor;

namespace Authd.Daemon.Systemd;

/// <summary>Finds the daemon's socket among the descriptors that were passed to this process.</summary>
public static class InheritedSocket
{
    private const int FirstDescriptor = 3;

    /// <summary>The socket behind <paramref name="path"/>, or <c>null</c> when none was passed.</summary>
    /// <param name="path">Where authdaemonrc wants it: a socket that listens elsewhere is not taken.</param>
    public static Socket? Take(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        // One that systemd made itself comes before one of ours that it kept: that has been replaced then.
        List<Socket> passed = [.. Passed()];
        Socket? taken = passed.Find(socket => IsBoundTo(socket, path))
            ?? passed.Find(socket => IsBoundTo(socket, ListenSocket.TemporaryName(path)));
        passed.Where(socket => socket != taken).ToList().ForEach(static socket => socket.Dispose());
        if (taken is not null)
        {
            taken.Blocking = false;
        }

        return taken;
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
