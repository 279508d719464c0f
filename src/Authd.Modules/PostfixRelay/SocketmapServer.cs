// Answers Postfix's questions about logins: the server's half of socketmap_table(5).
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Files;
using Authd.Linux.Processes;

namespace Authd.Modules.PostfixRelay;

/// <summary>
/// Of several processes the one that holds the lock serves. The others wait for the lock in the kernel, so one takes over as soon
/// as the serving process ends.
/// </summary>
internal sealed class SocketmapServer : IDisposable
{
    private const string Unix = "unix:";
    private const string Inet = "inet:";
    private const int Backlog = 128;
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly string _endpoint;
    private readonly string _name;
    private readonly LoginFile _file;
    private readonly string _lockPath;
    private readonly int _expireMinutes;
    private readonly Log _log;
    private readonly CancellationTokenSource _end = new();

    /// <summary>Serves when no other process does.</summary>
    /// <param name="endpoint"><c>unix:/path</c> or <c>inet:host:port</c>.</param>
    /// <param name="name">The table's name in requests.</param>
    /// <param name="file">The table.</param>
    /// <param name="lockPath">The lock file of the serving process.</param>
    /// <param name="expireMinutes">Older logins do not count; 0: all count.</param>
    /// <param name="log">The log.</param>
    public SocketmapServer(string endpoint, string name, LoginFile file, string lockPath, int expireMinutes, Log log)
    {
        _endpoint = endpoint;
        _name = name;
        _file = file;
        _lockPath = lockPath;
        _expireMinutes = expireMinutes;
        _log = log;
        new Thread(Serve) { Name = "socketmap", IsBackground = true }.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Cancel();

    /// <summary>The reply to a request.</summary>
    internal string Answer(string request)
    {
        string[] words = request.Split(' ', 2);
        if (words is not [var name, var key] || name != _name)
        {
            return "PERM there is no such table";
        }

        try
        {
            lock (_file)
            {
                return _file.Entries().TryGetValue(key, out string? value) && Counts(value) ? $"OK {value}" : "NOTFOUND ";
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"TEMP {FileTrouble.Text(e)}";
        }
    }

    private bool Counts(string value) =>
        _expireMinutes == 0 || LoginTime.Parse(value) is not { } time || time > LoginTime.Before(_expireMinutes);

    /// <summary>Serves. A failure (no such directory, a port in use) is logged once and tried again.</summary>
    private void Serve()
    {
        string? told = null;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using RecordLock held = RecordLock.Take(_lockPath);
                using Socket listener = Listen();
                AcceptAsync(listener).GetAwaiter().GetResult();
            }
            catch (Exception failure)
            {
                // Every exception: on a thread of its own it would end the worker, with all of its clients.
                if (failure.Message != told)
                {
                    told = failure.Message;
                    string problem = failure is IOException or SocketException or UnauthorizedAccessException or OutOfMemoryException
                        ? ResourceLimit.Explain(failure) : $"internal error: {failure}";
                    _log.Err($"{PostfixModule.Name}: {_endpoint}: {problem}");
                }

                _end.Token.WaitHandle.WaitOne(Pause);
            }
        }
    }

    private Socket Listen()
    {
        if (_endpoint.StartsWith(Unix, StringComparison.Ordinal))
        {
            // The socket is complete before it has its name; every process that may enter the directory may ask.
            string path = _endpoint[Unix.Length..];
            string next = Path.GetFileName(path) + ".tmp";
            using TrustedFiles files = TrustedFiles.Beside(path);
            files.Delete(next);
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                files.Bind(socket, next, (UnixFileMode)Convert.ToInt32("666", 8));
                socket.Listen(Backlog);
                files.Rename(next, Path.GetFileName(path));
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        int colon = _endpoint.LastIndexOf(':');
        IPAddress address = Dns.GetHostAddresses(_endpoint[Inet.Length..colon].Trim('[', ']'))[0];
        Socket tcp = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(address, int.Parse(_endpoint.AsSpan(colon + 1), CultureInfo.InvariantCulture)));
        tcp.Listen(Backlog);
        return tcp;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                _ = ConverseAsync(await listener.AcceptAsync(_end.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    /// <summary>One connection with many requests in turn.</summary>
    private async Task ConverseAsync(Socket client)
    {
        using (client)
        {
            Netstrings incoming = new();
            byte[] buffer = new byte[4096];
            using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            try
            {
                int received;
                do
                {
                    silence.CancelAfter(LongestSilence);
                    received = await client.ReceiveAsync(buffer, silence.Token);
                    incoming.Add(WireText.FromBytes(buffer.AsSpan(0, received)));
                    while (incoming.TryTake(out string? request))
                    {
                        await client.SendAsync(WireText.ToBytes(Netstrings.Of(Answer(request))), silence.Token);
                    }
                }
                while (received > 0);
            }
            catch (Exception end) when (end is SocketException or OperationCanceledException or FormatException)
            {
                _log.Debug($"{PostfixModule.Name}: a connection of Postfix's ended: {end.Message}");
            }
            catch (Exception e)
            {
                _log.Err($"{PostfixModule.Name}: internal error while Postfix is answered: {e}");
            }
        }
    }
}
