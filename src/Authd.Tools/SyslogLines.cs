// From lines with courier's level prefixes to syslog.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Tools;

/// <summary>Logs lines byte for byte, cut at what courierlogger has always cut them at.</summary>
internal static class SyslogLines
{
    /// <summary>Longest line, in bytes.</summary>
    private const int MaxLine = 511;

    /// <summary>Logs all lines of <paramref name="input"/>, to its end.</summary>
    internal static void Pass(Stream input)
    {
        using BufferedStream bytes = new(input);
        Span<byte> line = stackalloc byte[MaxLine];
        int length = 0;
        int next;
        while ((next = bytes.ReadByte()) >= 0)
        {
            if (next == '\n')
            {
                Log(line[..length]);
                length = 0;
            }
            else if (length < MaxLine)
            {
                line[length++] = (byte)next;
            }
        }

        if (length > 0)
        {
            Log(line[..length]);
        }
    }

    private static void Log(ReadOnlySpan<byte> line)
    {
        LogLevel level = LogLevels.Parse(WireText.FromBytes(line), out string text);
        Syslog.Write(level.Priority(), WireText.ToBytes(text));
    }
}
