using System.Runtime.InteropServices;
using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>The system's log (syslog(3)), for a daemon that was not started by systemd.</summary>
public static unsafe class Syslog
{
    /// <summary>Facility names as courierlogger's -facility takes them, with their numbers.</summary>
    public static IReadOnlyDictionary<string, int> Facilities { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["user"] = 1,
        ["mail"] = 2,
        ["daemon"] = 3,
        ["auth"] = 4,
        ["lpr"] = 6,
        ["news"] = 7,
        ["uucp"] = 8,
        ["cron"] = 9,
        ["authpriv"] = 10,
        ["ftp"] = 11,
        ["local0"] = 16,
        ["local1"] = 17,
        ["local2"] = 18,
        ["local3"] = 19,
        ["local4"] = 20,
        ["local5"] = 21,
        ["local6"] = 22,
        ["local7"] = 23,
    };

    /// <summary>Sets the tag and the facility number for this process.</summary>
    /// <param name="ident">The tag.</param>
    /// <param name="facility">One of <see cref="Facilities"/>' numbers.</param>
    public static void Open(string ident, int facility) =>
        Libc.openlog((byte*)Marshal.StringToCoTaskMemUTF8(ident), 0, facility << 3); // openlog keeps the pointer

    /// <summary>Logs one line.</summary>
    /// <param name="priority">0 to 7.</param>
    /// <param name="text">Without a line end.</param>
    public static void Write(int priority, ReadOnlySpan<byte> text)
    {
        byte[] ended = [.. text, 0];
        fixed (byte* bytes = ended)
        {
            Libc.syslog(priority, "%s", bytes);
        }
    }
}
