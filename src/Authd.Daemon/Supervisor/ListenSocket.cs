// Makes the daemon's socket as courier-authlib does: never a moment without one, and open to all who reach its directory.
using System.Net.Sockets;

namespace Authd.Daemon.Supervisor;

/// <summary>The socket that all workers accept on; it lives as long as the supervisor.</summary>
public static class ListenSocket
{
    // The directory is the gate; the socket itself is open to everybody who can enter it.
    private const UnixFileMode Everybody = (UnixFileMode)0x1ff; // 0777

    /// <summary>The name under which the socket of <paramref name="path"/> is bound; it keeps it as its address.</summary>
    internal static string TemporaryName(string path) => path + ".tmp";

    /// <summary>Binds under a temporary name, opens the mode and renames over <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The directory is missing or not writable, or the path too long for a socket.</exception>
    public static Socket Create(string path)
    {
        string temporary = TemporaryName(path);
        File.Delete(temporary);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(temporary));
            socket.Listen(int.MaxValue);
            socket.Blocking = false; // a worker that is not the first to accept must not wait
            File.SetUnixFileMode(temporary, Everybody);
            File.Move(temporary, path, overwrite: true);
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new IOException($"{path}: {e.Message}", e);
        }
    }
}
