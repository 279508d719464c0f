using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Processes;

namespace Authd.Tools;

/// <summary>Passes lines with courier's level prefixes to syslog byte for byte, cut at courierlogger's limit.</summary>
internal static class SyslogLines
{
    /// <summary>Longest line, in bytes.</summary>
    private const int MaxLine = 511;

    /// <summary>Logs all lines of <paramref name="input"/>, to its end.</summary>
    /// <param name="input">The lines.</param>
    /// <param name="take">Logs one line: <see cref="Write"/>, or a buffer in front of it.</param>
    internal static void Pass(Stream input, Action<LogLine> take)
    {
        using BufferedStream bytes = new(input);
        Span<byte> line = stackalloc byte[MaxLine];
        int length = 0;
        int next;
        while ((next = bytes.ReadByte()) >= 0)
        {
            if (next == '\n')
            {
                take(Split(line[..length]));
                length = 0;
            }
            else if (length < MaxLine)
            {
                line[length++] = (byte)next;
            }
        }

        if (length > 0)
        {
            take(Split(line[..length]));
        }
    }

    /// <summary>Logs one line; waits for the syslog daemon.</summary>
    internal static void Write(LogLine line) => Syslog.Write(line.Level.Priority(), WireText.ToBytes(line.Text));

    private static LogLine Split(ReadOnlySpan<byte> line)
    {
        LogLevel level = LogLevels.Parse(WireText.FromBytes(line), out string text);
        return new LogLine(level, text);
    }
}
