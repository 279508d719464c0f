// Makes the daemon's socket as courier-authlib does: the name always
// exists, and all users who can enter its directory may connect.
using System.Net.Sockets;
using Authd.Linux.Files;

namespace Authd.Daemon.Supervisor;

/// <summary>The socket on which all workers accept clients; it lives as long as the supervisor.</summary>
public static class ListenSocket
{
    // The directory decides about access; the socket itself admits all users who can enter it.
    private const UnixFileMode Everybody = (UnixFileMode)0x1ff; // 0777

    /// <summary>The name under which the socket of <paramref name="path"/> is bound; it remains the socket's address.</summary>
    internal static string TemporaryName(string path) => path + ".tmp";

    /// <summary>Binds under a temporary name, with access for all, and renames over <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The directory is missing or not writable, or the path too long for a socket.</exception>
    public static Socket Create(string path) => Create(path, Everybody);

    /// <summary>The same with another mode.</summary>
    /// <exception cref="IOException">The directory is missing or not writable, or the path too long for a socket.</exception>
    public static Socket Create(string path, UnixFileMode mode)
    {
        Socket socket = Prepare(path, mode, owner: null);
        try
        {
            Publish(path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Binds under a temporary name, which no client knows before <see cref="Publish"/>.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="mode">Its mode.</param>
    /// <param name="owner">Its owner and group; <c>null</c>: this process's.</param>
    /// <exception cref="IOException">The directory is missing or not writable, or the path too long for a socket.</exception>
    internal static Socket Prepare(string path, UnixFileMode mode, FileOwner? owner)
    {
        if (FileTrouble.OfSocketPath(TemporaryName(path)) is { } tooLong)
        {
            throw new IOException(tooLong);
        }

        string temporary = Path.GetFileName(TemporaryName(path));
        using TrustedFiles files = TrustedFiles.Beside(path);
        files.Delete(temporary);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // It has its mode from the start. The directory may belong to the mail system's user, who could exchange the socket
            // while a mode is changed by name.
            files.Bind(socket, temporary, mode, owner);
            if (owner is { } given)
            {
                files.GiveSocket(temporary, given);
            }

            socket.Listen(int.MaxValue);
            socket.Blocking = false; // a worker that is not the first to accept must not wait
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is SocketException or ArgumentException ? new IOException($"{path}: {FileTrouble.Text(e)}", e) : e;
        }
    }

    /// <summary>Renames the socket that <see cref="Prepare"/> has bound to
    /// its final name; an existing file of that name is replaced.</summary>
    /// <exception cref="IOException">The socket cannot be renamed.</exception>
    internal static void Publish(string path)
    {
        using TrustedFiles files = TrustedFiles.Beside(path);
        files.Rename(Path.GetFileName(TemporaryName(path)), Path.GetFileName(path));
    }
}
