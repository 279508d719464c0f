// A directory whose answers a test gives itself, at any time and in any order.
using System.Formats.Asn1;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Authd.Tests.Integration.Ldap;

/// <summary>Binds succeed, and a search of the root finds nothing; the test answers everything else.</summary>
internal sealed class FakeDirectory : IAsyncDisposable
{
    private static readonly Asn1Tag BindRequest = Application(0);
    private static readonly Asn1Tag UnbindRequest = new(TagClass.Application, 2, isConstructed: false);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<FakeRequest> _requests = Channel.CreateUnbounded<FakeRequest>();
    private readonly Task _accepting;
    private readonly List<Socket> _accepted = [];
    private volatile TaskCompletionSource _reading = new();

    public FakeDirectory()
    {
        _reading.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Uri => string.Create(
        CultureInfo.InvariantCulture, $"ldap://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Connections that have been made so far.</summary>
    public int Connections
    {
        get
        {
            lock (_accepted)
            {
                return _accepted.Count;
            }
        }
    }

    /// <summary>Requests that the test has not taken.</summary>
    public int Waiting => _requests.Reader.Count;

    public static Asn1Tag Application(int number) => new(TagClass.Application, number, isConstructed: true);

    /// <summary>Stops reading until <see cref="Read"/>.</summary>
    public void Stall() => _reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Read() => _reading.SetResult();

    public async Task<FakeRequest> NextAsync() =>
        await _requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The next requests, by the searched name.</summary>
    public async Task<Dictionary<string, FakeRequest>> NextAsync(int count)
    {
        Dictionary<string, FakeRequest> requests = [];
        for (int i = 0; i < count; i++)
        {
            FakeRequest request = await NextAsync();
            requests.Add(request.User, request);
        }

        return requests;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _accepted.ForEach(static socket => socket.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync();
                lock (_accepted)
                {
                    _accepted.Add(socket);
                }

                _ = ServeAsync(socket);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using NetworkStream stream = new(socket);
            while (await ReadAsync(stream) is { } message)
            {
                Serve(new FakeRequest(socket, message));
                await _reading.Task;
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // Closed by either side.
        }
    }

    private void Serve(FakeRequest request)
    {
        if (request.Tag == BindRequest)
        {
            request.End(Application(1), 0);
        }
        else if (request.Tag != UnbindRequest)
        {
            _requests.Writer.TryWrite(request);
        }
    }

    private static async Task<byte[]?> ReadAsync(NetworkStream stream)
    {
        byte[] head = new byte[2];
        if (await stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false) < 2)
        {
            return null;
        }

        byte[] longer = new byte[head[1] > 0x80 ? head[1] - 0x80 : 0];
        await stream.ReadExactlyAsync(longer);
        byte[] content = new byte[longer.Length == 0 ? head[1] : longer.Aggregate(0, static (sum, next) => (sum << 8) + next)];
        await stream.ReadExactlyAsync(content);
        return [.. head, .. longer, .. content];
    }
}

/// <summary>A request that waits for the test's answer.</summary>
internal sealed class FakeRequest
{
    private readonly Socket _socket;
    private readonly int _id;

    public FakeRequest(Socket socket, byte[] message)
    {
        _socket = socket;
        AsnReader reader = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        _id = int.Parse(reader.ReadInteger().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        Tag = reader.PeekTag();
        string text = Encoding.Latin1.GetString(message);
        int end = text.IndexOf("@example.com", StringComparison.Ordinal);
        int start = end;
        while (start > 0 && char.IsAsciiLetterOrDigit(text[start - 1]))
        {
            start--;
        }

        User = end < 0 ? "" : text[start..end];
    }

    public Asn1Tag Tag { get; }

    /// <summary>The part of the name before the domain.</summary>
    public string User { get; }

    public bool IsOnSameConnectionAs(FakeRequest other) => _socket == other._socket;

    /// <summary>Sends the searched entry and the end of the search.</summary>
    public void Find() => Find(User);

    /// <summary>Sends the entry of <paramref name="user"/> and the end of the search.</summary>
    public void Find(string user)
    {
        Send(FakeDirectory.Application(4), entry =>
        {
            entry.WriteOctetString(Encoding.ASCII.GetBytes($"uid={user}"));
            using (entry.PushSequence())
            {
                Attribute(entry, "uidNumber", "1001");
                Attribute(entry, "gidNumber", "1002");
                Attribute(entry, "homeDirectory", $"/home/{user}");
                Attribute(entry, "clearPassword", "secret");
            }
        });
        End(FakeDirectory.Application(5), 0);
    }

    /// <summary>Sends the result.</summary>
    public void End(Asn1Tag tag, int code) => Send(tag, result =>
    {
        result.WriteEnumeratedValue((ResultCode)code);
        result.WriteOctetString([]);
        result.WriteOctetString([]);
    });

    /// <summary>Closes the connection.</summary>
    public void HangUp() => _socket.Dispose();

    private static void Attribute(AsnWriter writer, string name, string value)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(Encoding.ASCII.GetBytes(name));
            using (writer.PushSetOf())
            {
                writer.WriteOctetString(Encoding.ASCII.GetBytes(value));
            }
        }
    }

    private void Send(Asn1Tag tag, Action<AsnWriter> content)
    {
        AsnWriter writer = new(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(_id);
            using (writer.PushSequence(tag))
            {
                content(writer);
            }
        }

        _socket.Send(writer.Encode());
    }

    // AsnWriter writes enumerated values only from enum types.
    private enum ResultCode
    {
        Success,
    }
}
