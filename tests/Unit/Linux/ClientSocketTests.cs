// A client's connection when something must be waited for: input, room for output, or the end.
using System.Net.Sockets;
using Authd.Linux.Events;
using Authd.Linux.Sockets;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public sealed class ClientSocketTests : IDisposable
{
    private readonly EventLoop _events = new();
    private readonly Socket _client = NewSocket();
    private readonly ClientSocket _socket;

    public ClientSocketTests()
    {
        // An abstract name: nothing on disk to clean up.
        UnixDomainSocketEndPoint address = new($"\0{Guid.NewGuid()}");
        using Socket listener = NewSocket();
        listener.Bind(address);
        listener.Listen();
        _client.Connect(address);
        SafeSocketHandle accepted = listener.Accept().SafeHandle;
        _socket = new ClientSocket((int)accepted.DangerousGetHandle(), _events);
        accepted.SetHandleAsInvalid(); // it is the ClientSocket's now
    }

    [Fact]
    public async Task A_receive_waits_for_bytes_that_come_later_time_after_time()
    {
        byte[] buffer = new byte[16];
        for (byte number = 0; number < 3; number++)
        {
            ValueTask<int> receive = _socket.ReceiveAsync(buffer);
            Assert.False(receive.IsCompleted);
            _client.Send([number]);
            Assert.Equal(1, await receive);
            Assert.Equal(number, buffer[0]);
        }
    }

    [Fact]
    public async Task A_waiting_receive_ends_with_nothing_when_the_client_leaves()
    {
        ValueTask<int> receive = _socket.ReceiveAsync(new byte[16]);
        Assert.False(receive.IsCompleted);
        _client.Dispose();
        Assert.Equal(0, await receive);
    }

    [Fact]
    public async Task A_waiting_receive_ends_with_nothing_when_it_is_aborted()
    {
        ValueTask<int> receive = _socket.ReceiveAsync(new byte[16]);
        Assert.False(receive.IsCompleted);
        _socket.Abort();
        Assert.Equal(0, await receive);
    }

    [Fact]
    public async Task A_reply_that_does_not_fit_goes_out_as_the_client_reads()
    {
        byte[] reply = new byte[4_000_000];
        new Random(1).NextBytes(reply);
        ValueTask<bool> send = _socket.SendAsync(reply);
        Assert.False(send.IsCompleted);
        byte[] received = new byte[reply.Length];
        using NetworkStream stream = new(_client);
        await stream.ReadExactlyAsync(received);
        Assert.True(await send);
        Assert.Equal(reply, received);
    }

    [Fact]
    public async Task A_send_that_waits_ends_when_the_client_leaves()
    {
        ValueTask<bool> send = _socket.SendAsync(new byte[4_000_000]);
        Assert.False(send.IsCompleted);
        _client.Dispose();
        Assert.False(await send);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _client.Dispose();
        _events.Dispose();
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
