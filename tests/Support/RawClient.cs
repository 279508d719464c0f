using System.Net.Sockets;
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>The end of a connection as the client sees it.</summary>
public enum Ending
{
    /// <summary>End of file.</summary>
    Closed,

    /// <summary>ECONNRESET: the server closed with input unread.</summary>
    Reset,

    /// <summary>The server had neither finished nor closed when the client gave up.</summary>
    TimedOut,
}

/// <summary>The result of a request.</summary>
/// <param name="Text">The reply, one char a byte.</param>
/// <param name="Ending">How the connection ended.</param>
public sealed record RawReply(string Text, Ending Ending);

/// <summary>A request and the way to send it.</summary>
/// <param name="Text">The request, one char a byte.</param>
/// <param name="PieceSize">Bytes a write; 0 sends all at once.</param>
/// <param name="Pause">The pause between two writes.</param>
/// <param name="HalfClose">Shut the connection down for writing after the last byte.</param>
/// <param name="Limit">The time after which reading is given up; <c>null</c>: 20 s.</param>
public sealed record RawRequest(
    string Text, int PieceSize = 0, TimeSpan Pause = default, bool HalfClose = false, TimeSpan? Limit = null)
{
    /// <summary>All at once.</summary>
    public static implicit operator RawRequest(string text) => FromString(text);

    /// <summary>All at once.</summary>
    public static RawRequest FromString(string text) => new(text);
}

/// <summary>Sends exactly the given bytes over a Unix socket, in the
/// given pieces, and reads to the end of the connection.</summary>
public static class RawClient
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    /// <summary>One request on a connection of its own.</summary>
    public static async Task<RawReply> AskAsync(string socketPath, RawRequest request)
    {
        using CancellationTokenSource limit = new(request.Limit ?? DefaultLimit);
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), limit.Token);
        Task sending = SendAsync(socket, request, limit.Token);
        RawReply reply = await ReadToEndAsync(socket, limit.Token);
        await sending;
        return reply;
    }

    /// <summary>Reads until the connection ends or the token is cancelled.</summary>
    public static async Task<RawReply> ReadToEndAsync(Socket socket, CancellationToken limit)
    {
        using MemoryStream received = new();
        byte[] buffer = new byte[65536];
        Ending ending;
        while (true)
        {
            try
            {
                int count = await socket.ReceiveAsync(buffer, limit);
                if (count == 0)
                {
                    ending = Ending.Closed;
                    break;
                }

                received.Write(buffer, 0, count);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                ending = Ending.Reset;
                break;
            }
            catch (OperationCanceledException)
            {
                ending = Ending.TimedOut;
                break;
            }
        }

        return new RawReply(WireText.FromBytes(received.ToArray()), ending);
    }

    private static async Task SendAsync(Socket socket, RawRequest request, CancellationToken limit)
    {
        ReadOnlyMemory<byte> rest = WireText.ToBytes(request.Text);
        int size = request.PieceSize == 0 ? Math.Max(rest.Length, 1) : request.PieceSize;
        try
        {
            while (!rest.IsEmpty)
            {
                ReadOnlyMemory<byte> piece = rest[..Math.Min(size, rest.Length)];
                await socket.SendAsync(piece, limit);
                rest = rest[piece.Length..];
                if (!rest.IsEmpty && request.Pause > TimeSpan.Zero)
                {
                    await Task.Delay(request.Pause, limit);
                }
            }

            if (request.HalfClose)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // The server closed before it had everything; the reader reports the result.
        }
        catch (OperationCanceledException)
        {
            // The reader reports the time-out.
        }
    }
}
