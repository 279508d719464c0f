using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Authd.Linux.Mariadb;

/// <summary>
/// A prepared statement of a connection to MariaDB or MySQL: writes parameters, reads rows. Columns are returned in the server's
/// text form. That is possible for text, whole numbers and decimals; statements with other columns are left to
/// <see cref="MariadbClient.RunAsync"/>. The server forgets the statement with its connection.
/// </summary>
public sealed class MariadbStatement
{
    /// <summary>The longest parameter, bytes.</summary>
    public const int LongestParameter = 1000;

    private const byte ExecuteCommand = 0x17;
    private const byte TypeTiny = 1;
    private const byte TypeShort = 2;
    private const byte TypeLong = 3;
    private const byte TypeNull = 6;
    private const byte TypeLonglong = 8;
    private const byte TypeInt24 = 9;
    private const byte TypeVarchar = 15;
    private const byte TypeNewDecimal = 246;
    private const byte TypeVarString = 253;
    private const byte TypeString = 254;
    private const int Unsigned = 32;
    private const int Zerofill = 64;

    // The end of a definition: its length, then character set, length, type, flags, decimals, and two more bytes.
    private const int TailLength = 12;
    private const int MostColumns = 4096;
    private readonly uint _id;
    private Column[] _columns;

    internal MariadbStatement(uint id, int columns) => (_id, _columns) = (id, new Column[columns]);

    private readonly record struct Column(byte Type, bool IsUnsigned, bool IsKnown);

    internal int Columns => _columns.Length;

    /// <summary>All columns have types that can be read here.</summary>
    internal bool IsKnown => Array.TrueForAll(_columns, static column => column.IsKnown);

    /// <summary>Writes the packet that executes the statement.</summary>
    internal void Write(MariadbPackets packets, string[] parameters)
    {
        packets.Begin(ExecuteCommand);
        packets.Add(_id);

        // No cursor; one execution.
        packets.Add((byte)0);
        packets.Add(1u);

        // No parameter is NULL.
        for (int i = 0; i < parameters.Length; i += 8)
        {
            packets.Add((byte)0);
        }

        packets.Add((byte)1);
        for (int i = 0; i < parameters.Length; i++)
        {
            packets.Add((ushort)TypeVarString);
        }

        foreach (string parameter in parameters)
        {
            AddLength(packets, parameter.Length);
            packets.AddText(parameter);
        }

        packets.End();
    }

    /// <summary>Reads the number of columns; false: no definitions follow, because they are the same as the last time.</summary>
    internal bool BeginAnswer(ReadOnlySpan<byte> packet)
    {
        int at = 0;
        int columns = (int)Length(packet, ref at);
        if (columns != _columns.Length)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MostColumns);
            _columns = new Column[columns];
        }

        // MariaDB, if the library has agreed on that.
        return at == packet.Length || packet[at] != 0;
    }

    /// <summary>Reads a column's definition.</summary>
    internal void Define(int index, ReadOnlySpan<byte> packet)
    {
        if (packet.Length <= TailLength || packet[^(TailLength + 1)] != TailLength)
        {
            _columns[index] = default;
            return;
        }

        ReadOnlySpan<byte> tail = packet[^TailLength..];
        byte type = tail[6];
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(tail[7..]);
        bool known = type switch
        {
            TypeTiny or TypeShort or TypeInt24 or TypeLong or TypeLonglong => (flags & Zerofill) == 0,
            TypeNull or TypeVarchar => true,

            // Decimals, enumerations, sets, texts, blobs.
            >= TypeNewDecimal and <= TypeString => true,
            _ => false,
        };
        _columns[index] = new Column(type, (flags & Unsigned) != 0, known);
    }

    /// <summary>Reads a row, if the types of all columns are known.</summary>
    internal string?[] Row(ReadOnlySpan<byte> packet)
    {
        string?[] row = new string?[_columns.Length];

        // A zero, and a bit for each NULL column, from the third bit on.
        int at = 1 + ((row.Length + 9) / 8);
        for (int i = 0; i < row.Length; i++)
        {
            bool isNull = (packet[1 + ((i + 2) / 8)] & (1 << ((i + 2) % 8))) != 0;
            row[i] = isNull ? null : Value(_columns[i], packet, ref at);
        }

        return row;
    }

    private static string Value(Column column, ReadOnlySpan<byte> packet, ref int at)
    {
        int length = column.Type switch
        {
            TypeTiny => 1,
            TypeShort => 2,
            TypeInt24 or TypeLong => 4,
            TypeLonglong => 8,
            _ => -1,
        };
        if (length < 0)
        {
            length = (int)Length(packet, ref at);
            at += length;
            return Encoding.Latin1.GetString(packet[(at - length)..at]);
        }

        ReadOnlySpan<byte> number = packet.Slice(at, length);
        at += length;
        long value = length switch
        {
            1 => column.IsUnsigned ? number[0] : (sbyte)number[0],
            2 => column.IsUnsigned ? BinaryPrimitives.ReadUInt16LittleEndian(number) : BinaryPrimitives.ReadInt16LittleEndian(number),
            4 => column.IsUnsigned ? BinaryPrimitives.ReadUInt32LittleEndian(number) : BinaryPrimitives.ReadInt32LittleEndian(number),
            _ => BinaryPrimitives.ReadInt64LittleEndian(number),
        };
        return column.IsUnsigned
            ? ((ulong)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
    }

    private static void AddLength(MariadbPackets packets, int length)
    {
        if (length <= 250)
        {
            packets.Add((byte)length);
        }
        else
        {
            packets.Add((byte)0xFC);
            packets.Add((ushort)length);
        }
    }

    private static ulong Length(ReadOnlySpan<byte> packet, ref int at)
    {
        byte first = packet[at++];
        int size = first switch { 0xFC => 2, 0xFD => 3, 0xFE => 8, _ => 0 };
        ulong length = size == 0 ? first : 0ul;
        for (int i = 0; i < size; i++)
        {
            length |= (ulong)packet[at++] << (8 * i);
        }

        return length;
    }
}
