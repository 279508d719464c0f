// Prepared statements of MariaDB and MySQL, with several under way on one connection.
using System.Buffers.Binary;
using System.Text;
using Authd.Linux.Events;
using Tmds.Linux;

namespace Authd.Linux.Mariadb;

/// <summary>
/// The library sends a statement only when the previous one is answered. Here the packets of prepared statements (manual,
/// "Client/Server Protocol", COM_STMT_PREPARE and COM_STMT_EXECUTE) go directly through the socket of a connection that the
/// library has made. Several are sent at once, so that neither server nor worker falls asleep between two of them. All answers
/// are read before the library gets the connection back. Used on the loop's thread.
/// </summary>
public sealed class MariadbPipeline
{
    /// <summary>The number of an exception for an answer that is not understood: CR_MALFORMED_PACKET.</summary>
    public const uint Malformed = 2027;

    // CR_SERVER_GONE_ERROR, CR_SERVER_LOST.
    private const uint Gone = 2006;
    private const uint Lost = 2013;

    private const int HeaderLength = 4;
    private const int LongestPacket = 0xFFFFFF;
    private const byte PrepareCommand = 0x16;
    private const byte ErrorPacket = 0xFF;
    private const byte EndPacket = 0xFE;
    private const int LongestEnd = 8;
    private const int MoreResults = 8;
    private readonly MariadbClient _client;
    private readonly EventLoop _events;
    private readonly MariadbPackets _out = new();
    private byte[] _in = new byte[16 * 1024];
    private int _begin;
    private int _end;
    private int _packet;
    private int _packetLength;
    private byte _number;

    internal MariadbPipeline(MariadbClient client, EventLoop events) => (_client, _events) = (client, events);

    private ReadOnlySpan<byte> Packet => _in.AsSpan(_packet, _packetLength);

    private bool IsEnd => _packetLength is > 0 and <= LongestEnd && Packet[0] == EndPacket;

    /// <summary>
    /// Prepares a statement while no other is under way. <c>null</c>: it returns no rows, or columns other than text and whole
    /// numbers, or has another number of parameters, or none; then its text is run instead.
    /// </summary>
    /// <exception cref="MariadbException">The server refuses it, at least in this form, or the connection is lost.</exception>
    public async ValueTask<MariadbStatement?> PrepareAsync(string sql, int parameters)
    {
        await _events.EnterAsync();
        _out.Begin(PrepareCommand);
        _out.AddText(sql);
        _out.End();
        await SendAsync();
        await FirstAsync();
        Throw();
        if (_packetLength < 9 || Packet[0] != 0)
        {
            throw Broken();
        }

        uint id = BinaryPrimitives.ReadUInt32LittleEndian(Packet[1..]);
        int columns = BinaryPrimitives.ReadUInt16LittleEndian(Packet[5..]);
        int places = BinaryPrimitives.ReadUInt16LittleEndian(Packet[7..]);
        MariadbStatement statement = new(id, columns);
        await SkipAsync(places);
        await DefineAsync(statement);
        return places > 0 && places == parameters && columns > 0 && statement.IsKnown ? statement : null;
    }

    /// <summary>Adds a statement for <see cref="SendAsync"/>.</summary>
    /// <param name="statement">A statement of this connection.</param>
    /// <param name="parameters">Wire text, as many as it was prepared with.</param>
    public void Add(MariadbStatement statement, string[] parameters) => statement.Write(_out, parameters);

    /// <summary>Sends the added statements.</summary>
    /// <exception cref="MariadbException">The connection is lost.</exception>
    public async ValueTask SendAsync()
    {
        await _events.EnterAsync();
        SendAtOnce();
        while (!_out.IsEmpty)
        {
            await _client.WaitAsync(_events, LibC.EPOLLOUT);
            SendAtOnce();
        }
    }

    /// <summary>Sends of the added statements what there is room for at once; <see cref="SendAsync"/> sends the rest.</summary>
    /// <exception cref="MariadbException">The connection is lost.</exception>
    public void SendAtOnce()
    {
        if (!_out.IsEmpty)
        {
            _out.Remove(Send(_out.Bytes));
        }
    }

    /// <summary>The next answer, in the order in which the statements were added.</summary>
    /// <returns>The first row, if any, and whether there were more. <c>Known</c> is false when the columns now have types for
    /// which only the statement's text returns the server's own format.</returns>
    /// <exception cref="MariadbException">This statement failed, or the connection is lost.</exception>
    public async ValueTask<(bool Known, string?[]? Row, bool HasSeveral)> NextAsync(MariadbStatement statement)
    {
        try
        {
            return await ReadAsync(statement);
        }
        catch (Exception shorter) when (shorter is ArgumentException or IndexOutOfRangeException)
        {
            throw Broken();
        }
    }

    private async ValueTask<(bool Known, string?[]? Row, bool HasSeveral)> ReadAsync(MariadbStatement statement)
    {
        await FirstAsync();
        Throw();
        if (statement.BeginAnswer(Packet))
        {
            await DefineAsync(statement);
        }
        else
        {
            await EndAsync(comes: true);
        }

        string?[]? row = null;
        int rows = 0;
        while (true)
        {
            await NextPacketAsync();
            Throw();
            if (IsEnd)
            {
                return _packetLength < 5 || (Packet[3] & MoreResults) == 0 ? (statement.IsKnown, row, rows > 1) : throw Broken();
            }

            if (rows == 0 && statement.IsKnown)
            {
                row = statement.Row(Packet);
            }

            rows++;
        }
    }

    private async ValueTask SkipAsync(int definitions)
    {
        for (int i = 0; i < definitions; i++)
        {
            await NextPacketAsync();
        }

        await EndAsync(definitions > 0);
    }

    private async ValueTask DefineAsync(MariadbStatement statement)
    {
        for (int i = 0; i < statement.Columns; i++)
        {
            await NextPacketAsync();
            statement.Define(i, Packet);
        }

        await EndAsync(statement.Columns > 0);
    }

    /// <summary>Reads the packet at the end of definitions, which exists only if there are any.</summary>
    private async ValueTask EndAsync(bool comes)
    {
        if (comes)
        {
            await NextPacketAsync();
            if (!IsEnd)
            {
                throw Broken();
            }
        }
    }

    /// <summary>Reads an answer's first packet; its packets are numbered from one.</summary>
    private ValueTask FirstAsync()
    {
        _number = 1;
        return NextPacketAsync();
    }

    private ValueTask NextPacketAsync() => TryTake() ? ValueTask.CompletedTask : WaitAndTakeAsync();

    private async ValueTask WaitAndTakeAsync()
    {
        while (!TryTake())
        {
            await _client.WaitAsync(_events, LibC.EPOLLIN);
            Receive();
        }
    }

    private bool TryTake()
    {
        int there = _end - _begin - HeaderLength;
        if (there < 0)
        {
            return false;
        }

        int length = _in[_begin] | (_in[_begin + 1] << 8) | (_in[_begin + 2] << 16);
        if (length is 0 or LongestPacket || _in[_begin + 3] != _number)
        {
            throw Broken();
        }

        if (there < length)
        {
            return false;
        }

        (_packet, _packetLength) = (_begin + HeaderLength, length);
        _begin = _packet + length;
        _number++;
        return true;
    }

    private unsafe int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint sent = (nint)LibC.send(_client.Descriptor, start, bytes.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            return sent >= 0 ? (int)sent
                : System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == LibC.EAGAIN ? 0
                : throw new MariadbException(Gone, "Server has gone away");
        }
    }

    private unsafe void Receive()
    {
        MakeRoom();
        fixed (byte* start = &_in[_end])
        {
            nint received = (nint)LibC.recv(_client.Descriptor, start, _in.Length - _end, LibC.MSG_DONTWAIT);
            if (received > 0)
            {
                _end += (int)received;
            }
            else if (received == 0 || System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != LibC.EAGAIN)
            {
                throw new MariadbException(Lost, "Lost connection to server during query");
            }
        }
    }

    private void MakeRoom()
    {
        if (_begin > 0)
        {
            _in.AsSpan(_begin, _end - _begin).CopyTo(_in);
            (_begin, _end) = (0, _end - _begin);
        }

        if (_end == _in.Length)
        {
            Array.Resize(ref _in, 2 * _in.Length);
        }
    }

    /// <summary>Throws the error in an error packet.</summary>
    private void Throw()
    {
        if (Packet[0] != ErrorPacket)
        {
            return;
        }

        if (_packetLength < 3)
        {
            throw Broken();
        }

        // The number, followed by '#' and five letters if the packet has an SQL state.
        ReadOnlySpan<byte> text = Packet[3..];
        text = text.Length >= 6 && text[0] == '#' ? text[6..] : text;
        throw new MariadbException(BinaryPrimitives.ReadUInt16LittleEndian(Packet[1..]), Encoding.Latin1.GetString(text));
    }

    private static MariadbException Broken() => new(Malformed, "Malformed packet");
}

/// <summary>Packets on their way to the server.</summary>
internal sealed class MariadbPackets
{
    private const int HeaderLength = 4;
    private byte[] _bytes = new byte[1024];
    private int _sent;
    private int _length;
    private int _header;

    internal bool IsEmpty => _sent == _length;

    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_sent, _length - _sent);

    internal void Remove(int sent)
    {
        _sent += sent;
        if (IsEmpty)
        {
            _sent = _length = 0;
        }
    }

    /// <summary>A command's packet, its number zero.</summary>
    internal void Begin(byte command)
    {
        _header = _length;
        Take(HeaderLength).Clear();
        Add(command);
    }

    internal void End()
    {
        int length = _length - _header - HeaderLength;
        (_bytes[_header], _bytes[_header + 1], _bytes[_header + 2]) = ((byte)length, (byte)(length >> 8), (byte)(length >> 16));
    }

    internal void Add(byte value) => Take(1)[0] = value;

    internal void Add(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    internal void Add(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    internal void AddText(string text) => Encoding.Latin1.GetBytes(text, Take(text.Length));

    private Span<byte> Take(int length)
    {
        if (_length + length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + length));
        }

        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
