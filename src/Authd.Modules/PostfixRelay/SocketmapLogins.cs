// The daemon's own login table, for which Postfix asks the daemon (socketmap_table(5)): all workers append lines to a file, and
// one of them answers from it.
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.PostfixRelay;

/// <summary>
/// Lines <c>ADDRESS TIME</c>. Of several lines for an address the last one counts, but none is added after a permanent entry. A
/// writer holds the lock on a file beside it; to shorten the file, a new one is renamed over it.
/// </summary>
internal sealed partial class SocketmapLogins : ILoginTable
{
    private const int LeastLengthToShorten = 1 << 20;
    private const UnixFileMode AllButUmask = (UnixFileMode)0x1B6; // 0666
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly string _path;
    private readonly string _endpoint;
    private readonly string _name;
    private long _lengthToShorten = LeastLengthToShorten;

    /// <summary>Creates the table.</summary>
    /// <param name="place">The text after <c>socketmap:</c>.</param>
    /// <param name="stateDirectory">The directory of the file.</param>
    /// <exception cref="ConfigurationException">The notation is not Postfix's.</exception>
    public SocketmapLogins(string place, string stateDirectory)
    {
        Match parts = Place().Match(place);
        if (!parts.Success)
        {
            throw new ConfigurationException($"socketmap:{place}: neither unix:/path:name nor inet:host:port:name");
        }

        _endpoint = parts.Groups["endpoint"].Value;
        _name = parts.Groups["name"].Value;
        _path = Path.Combine(stateDirectory, $"relay.{_name}");
    }

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins)
    {
        using RecordLock held = Lock();
        long length;
        using (SafeFileHandle file = TrustedFiles.OpenOrCreate(_path, AllButUmask))
        {
            // Appending is safe: the lock keeps other writers out.
            IEnumerable<string> lines = logins.Select(static login => LoginFile.Line(login.Address, LoginTime.Text(login.Time)));
            RandomAccess.Write(file, WireText.ToBytes(string.Concat(lines)), RandomAccess.GetLength(file));
            length = RandomAccess.GetLength(file);
        }

        if (length > _lengthToShorten)
        {
            _lengthToShorten = Math.Max(LeastLengthToShorten, 2 * Shorten(long.MinValue));
        }
    }

    /// <inheritdoc/>
    public void RemoveUpTo(long time)
    {
        using RecordLock held = Lock();
        Shorten(time);
    }

    /// <inheritdoc/>
    public void AddNeeds(WorkerNeeds needs)
    {
        foreach (string file in new[] { _path, _path + ".lock", _path + ".server" })
        {
            needs.Use(PostfixModule.Name, file, write: true);
        }

        string place = _endpoint[(_endpoint.IndexOf(':') + 1)..];
        if (place.StartsWith('/'))
        {
            string directory = System.IO.Path.GetDirectoryName(place)!;
            if (!Directory.Exists(directory))
            {
                needs.NeedsRoot(PostfixModule.Name, $"{directory} does not exist yet, so the right to make a socket in it is unknown");
            }

            needs.Use(PostfixModule.Name, directory, write: true);
        }
        else if (ushort.TryParse(place.AsSpan(place.LastIndexOf(':') + 1), out ushort port) && port < 1024)
        {
            needs.NeedsRoot(PostfixModule.Name, $"port {port} is below 1024");
        }
    }

    /// <inheritdoc/>
    public void CloseIdle()
    {
        // Nothing stays open.
    }

    /// <inheritdoc/>
    public void Dispose() => CloseIdle();

    /// <inheritdoc/>
    public IDisposable Serve(int expireMinutes, Log log) =>
        new SocketmapServer(_endpoint, _name, new LoginFile(_path), _path + ".server", expireMinutes, log);

    private RecordLock Lock() => RecordLock.TryTake(_path + ".lock", Patience)
        ?? throw new LoginTableException($"{_path}.lock: locked by another process");

    /// <summary>Keeps one line for each address, without those that are too old; returns the new length.</summary>
    private long Shorten(long time)
    {
        if (!File.Exists(_path))
        {
            return 0;
        }

        LoginFile now = new(_path);
        string text = string.Concat(now.Entries()
            .Where(entry => LoginTime.Parse(entry.Value) is not { } login || login > time)
            .Select(static entry => LoginFile.Line(entry.Key, entry.Value)));
        using ReplacementFile next = ReplacementFile.WriteNext(_path, _path + ".new", [WireText.ToBytes(text)]);
        next.Commit();
        return text.Length;
    }

    [GeneratedRegex(
        @"^(?<endpoint>unix:/[^:]+|inet:(?:[^:\[\]]+|\[[^\]]+\]):[0-9]{1,5}):(?<name>[\w.-]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
