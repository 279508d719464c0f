using Authd.Core;
using Authd.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.PostfixRelay;

/// <summary>The file of the daemon's own login table, as its reader has it in memory. Appended lines are read; a replaced file is
/// read anew. Not thread-safe.</summary>
/// <param name="path">The file; one that does not exist is empty.</param>
internal sealed class LoginFile(string path)
{
    private readonly byte[] _name = FileStamp.Name(path);
    private readonly Dictionary<string, string> _entries = new(StringComparer.Ordinal);
    private FileStamp? _stamp;
    private long _read;

    /// <summary>A line of the file.</summary>
    public static string Line(string address, string value) => $"{address} {value}\n";

    /// <summary>The present entries of the file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyDictionary<string, string> Entries()
    {
        FileStamp? now = FileStamp.Of(_name);
        if (now != _stamp)
        {
            if (now is null || now.Value.Inode != _stamp?.Inode || (long)now.Value.Size < _read)
            {
                _entries.Clear();
                _read = 0;
            }

            _stamp = now is null ? null : Follow(now.Value);
        }

        return _entries;
    }

    private FileStamp Follow(FileStamp stamp)
    {
        using SafeFileHandle file = TrustedFiles.OpenRead(path) ?? throw new IOException($"{path}: it is gone");
        string text = WireText.FromBytes(TrustedFiles.ReadFrom(file, _read, path));

        // An incomplete line is read the next time.
        string whole = text[..(text.LastIndexOf('\n') + 1)];
        _read += whole.Length;
        foreach (string line in whole.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', 2);
            if (words is [var address, var value]
                && (!_entries.TryGetValue(address, out string? known) || LoginTime.Parse(known) is not null))
            {
                _entries[address] = value;
            }
        }

        return stamp;
    }
}
