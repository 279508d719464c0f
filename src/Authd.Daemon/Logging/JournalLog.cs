// Native entries for systemd's journal. They carry the facility and the fields of a login, which its stderr stream cannot.
using System.Globalization;
using System.Text;
using Authd.Core.Logging;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Logging;

/// <summary>Sends entries in systemd's native journal protocol: one datagram of <c>FIELD=value</c> lines.</summary>
/// <param name="options">Name and facility.</param>
public sealed class JournalLog(LoggerOptions options) : IDisposable
{
    /// <summary>The message id of failed logins: <c>journalctl MESSAGE_ID=...</c>.</summary>
    public const string FailedLoginId = "8752c7b1f2c24fda96d0c77c33b67efc";

    /// <summary>The message id of successful logins.</summary>
    public const string LoginId = "b3d8f77099a3429ba843a23b5477d0ce";

    private const string SocketPath = "/run/systemd/journal/socket";

    // Writing waits for a stopped journal: it runs on LogBuffer's thread, which counts the lines lost meanwhile.
    private readonly UnixDatagram _socket = new(SocketPath, UnixDatagram.EndlessPatience);

    /// <summary>Whether this machine has a journal.</summary>
    public static bool Exists => File.Exists(SocketPath);

    /// <summary>Writes one line; false: the journal is gone.</summary>
    public bool Write(LogLine line)
    {
        StringBuilder entry = Entry(line.Level, line.Text);
        if (line.Login is { } login)
        {
            AddLogin(entry, login);
        }

        return _socket.Send(Encoding.Latin1.GetBytes(entry.ToString()));
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static void AddLogin(StringBuilder entry, LoginReport login)
    {
        Add(entry, "MESSAGE_ID", login.Succeeded ? LoginId : FailedLoginId);
        Add(entry, "USER_NAME", Log.Clean(login.User));
        Add(entry, "REMOTE_IP", Log.Clean(login.RemoteIp));
        Add(entry, "SERVICE", Log.Clean(login.Service));
        Add(entry, "AUTH_MODULE", login.Module);
        Add(entry, "RESULT", login.Verdict.ToString().ToLowerInvariant());
        Add(entry, "REASON", Log.Clean(login.Reason));
        Add(entry, "DURATION_USEC", Text((long)login.Duration.TotalMicroseconds));
    }

    private StringBuilder Entry(LogLevel level, string text)
    {
        StringBuilder entry = new(256);
        Add(entry, "MESSAGE", text);
        Add(entry, "PRIORITY", Text(level.Priority()));
        Add(entry, "SYSLOG_IDENTIFIER", options.Name);
        Add(entry, "SYSLOG_FACILITY", Text(options.Facility));
        return entry;
    }

    /// <summary>Adds a field. Values are cleaned, so none holds a line end, which would need the protocol's other form.</summary>
    private static void Add(StringBuilder entry, string field, string value)
    {
        if (value.Length > 0)
        {
            entry.Append(field).Append('=').Append(value).Append('\n');
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
