// The daemon's own login table, for which Postfix asks the daemon (socketmap_table(5)): a file of lines that all workers
// append to, and that one of them answers from.
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Postfix;

/// <summary>
/// Lines <c>ADDRESS TIME</c>. Of several lines for an address the last one counts, but nothing comes after a permanent entry.
/// Who changes the file holds the lock on another one beside it; who shortens it replaces it by rename.
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

    /// <summary>A table.</summary>
    /// <param name="place">What follows <c>socketmap:</c>.</param>
    /// <param name="stateDirectory">Where the file is.</param>
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
            // Appended: under the lock nobody else makes the file longer.
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
    public void Rest()
    {
        // Nothing stays open.
    }

    /// <inheritdoc/>
    public void Dispose() => Rest();

    /// <inheritdoc/>
    public IDisposable Serve(int expireMinutes, Log log) =>
        new SocketmapServer(_endpoint, _name, new LoginFile(_path), _path + ".server", expireMinutes, log);

    private RecordLock Lock() => RecordLock.TryTake(_path + ".lock", Patience)
        ?? throw new LoginTableException($"{_path}.lock: locked by another process");

    /// <summary>One line an address, none that is too old; the new length.</summary>
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
