using System.Net.Sockets;
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>A client that connects, sends nothing or a part of a request, and stays connected.</summary>
public sealed class OpenClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private OpenClient() { }

    /// <summary>Connects and sends <paramref name="text"/> (one char a byte; may be empty).</summary>
    public static async Task<OpenClient> ConnectAsync(string socketPath, string text = "")
    {
        OpenClient client = new();
        await client._socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath));
        await client.SendAsync(text);
        return client;
    }

    /// <summary>Connects <paramref name="count"/> clients.</summary>
    public static async Task<OpenClient[]> ConnectAsync(string socketPath, int count, string text = "")
    {
        OpenClient[] clients = new OpenClient[count];
        for (int i = 0; i < count; i++)
        {
            clients[i] = await ConnectAsync(socketPath, text);
        }

        return clients;
    }

    /// <summary>Whether the server has neither closed the connection nor sent anything.</summary>
    public bool IsWaiting => !_socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Sends more.</summary>
    public async Task SendAsync(string text) => await _socket.SendAsync(WireText.ToBytes(text));

    /// <summary>Reads at most <paramref name="count"/> bytes, at least one unless the connection has ended.</summary>
    public async Task<int> ReceiveAsync(int count) => await _socket.ReceiveAsync(new byte[count]);

    /// <summary>Reads to the end of the connection.</summary>
    public async Task<RawReply> ReadToEndAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        return await RawClient.ReadToEndAsync(_socket, limit.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
