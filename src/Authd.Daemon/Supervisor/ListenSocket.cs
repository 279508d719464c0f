// Makes the daemon's socket as courier-authlib does: never a moment without one, and open to all who reach its directory.
using System.Net.Sockets;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>The socket that all workers accept on; it lives as long as the supervisor.</summary>
public static class ListenSocket
{
    // The directory is the gate; the socket itself is open to everybody who can enter it.
    private const UnixFileMode Everybody = (UnixFileMode)0x1ff; // 0777

    /// <summary>The name under which the socket of <paramref name="path"/> is bound; it keeps it as its address.</summary>
    internal static string TemporaryName(string path) => path + ".tmp";

    /// <summary>Binds under a temporary name, open to all, and renames over <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The directory is missing or not writable, or the path too long for a socket.</exception>
    public static Socket Create(string path)
    {
        string temporary = Path.GetFileName(TemporaryName(path));
        using TrustedFiles files = TrustedFiles.Beside(path);
        files.Delete(temporary);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // With its mode from the start: the directory may be the mail system's, whose user could have anything in the
            // socket's place when a mode is changed by name.
            files.Bind(socket, temporary, Everybody);
            socket.Listen(int.MaxValue);
            socket.Blocking = false; // a worker that is not the first to accept must not wait
            files.Rename(temporary, Path.GetFileName(path));
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new IOException($"{path}: {e.Message}", e);
        }
    }
}
