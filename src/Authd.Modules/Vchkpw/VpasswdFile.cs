// The accounts of one domain: its vpasswd and vpasswd.cdb.
using Authd.Core;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Vchkpw;

/// <summary>
/// Reads vpasswd.cdb as vpopmail does, or vpasswd where that has not been made. Each is opened anew for each look-up, so a
/// replaced one counts at once. All calls may block.
/// </summary>
/// <remarks>
/// The directory is that of vpopmail's user, or of a customer: its files are read when they belong to the directory's owner,
/// the domain's, root or vpopmail, and are reached without links that others may have made (<see cref="TrustedFiles"/>).
/// </remarks>
/// <param name="directory">The domain's directory (a path of .NET).</param>
/// <param name="owner">The domain's owner, <c>null</c> when only the directory tells.</param>
public sealed class VpasswdFile(string directory, uint? owner = null)
{
    private readonly string _text = Path.Combine(directory, "vpasswd");
    private readonly string _cdb = Path.Combine(directory, "vpasswd.cdb");

    /// <summary>The account called <paramref name="name"/> (lower case).</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public VpasswdEntry? Find(string name)
    {
        using CdbReader? cdb = CdbReader.Of(Open(_cdb), _cdb);
        if (cdb is null)
        {
            return VpopmailText.Lines(_text, Open).Select(VpasswdEntry.Parse).FirstOrDefault(entry => entry.Name == name);
        }

        return cdb.Find(WireText.ToBytes(name)) is { } data
            ? VpasswdEntry.Parse($"{name}:{WireText.FromBytes(data)}")
            : null;
    }

    /// <summary>All accounts; lines without a name and comments are none.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public IEnumerable<VpasswdEntry> All()
    {
        using CdbReader? cdb = CdbReader.Of(Open(_cdb), _cdb);
        IEnumerable<string> lines = cdb is null
            ? VpopmailText.Lines(_text, Open).Where(static line => line.Length > 0 && line[0] is not ('#' or ':'))
            : cdb.Records().Select(static record => $"{WireText.FromBytes(record.Key)}:{WireText.FromBytes(record.Value)}");
        foreach (string line in lines)
        {
            yield return VpasswdEntry.Parse(line);
        }
    }

    /// <summary>Takes vpopmail's lock on the domain's accounts; <c>null</c> while another process has it. Within a process
    /// the caller must see to it that nobody else holds it.</summary>
    /// <exception cref="IOException">The lock file cannot be used.</exception>
    public RecordLock? TryLock() => RecordLock.TryTake(Path.Combine(directory, ".vpasswd.lock"), TrustedFiles.OwnerOf(_text));

    /// <summary>Stores a password in vpasswd and, where there is one, vpasswd.cdb. The lock is held.</summary>
    /// <param name="name">The account.</param>
    /// <param name="oldHash">What it has now.</param>
    /// <param name="hash">What it shall have.</param>
    /// <param name="password">The password itself, for the field in clear text.</param>
    /// <returns>False: vpasswd has not, or no more, this account with this hash; nothing was changed.</returns>
    /// <exception cref="IOException">A file cannot be written; the old ones stay.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public bool Store(string name, string oldHash, string hash, string password)
    {
        string[] lines = WireText.FromBytes(ReadText()).Split('\n');
        int at = Array.FindIndex(lines, line => VpasswdEntry.Parse(line).Name == name);
        if (at < 0 || VpasswdEntry.Parse(lines[at]) is not { } entry || entry.Hash != oldHash)
        {
            return false;
        }

        lines[at] = entry.WithPassword(hash, password);
        using ReplacementFile text = Replace(_text, [WireText.ToBytes(string.Join('\n', lines))]);
        if (File.Exists(_cdb))
        {
            using ReplacementFile cdb = Replace(_cdb, Compile(lines));
            text.Commit();
            cdb.Commit();
        }
        else
        {
            text.Commit();
        }

        ReplacementFile.SyncDirectory(directory);
        return true;
    }

    private byte[] ReadText()
    {
        using SafeFileHandle file = Open(_text) ?? throw new FileNotFoundException($"Could not find file '{_text}'.");
        return TrustedFiles.ReadFrom(file, 0, _text);
    }

    private SafeFileHandle? Open(string path)
    {
        SafeFileHandle? file = TrustedFiles.OpenRead(path);
        if (file is not null && TrustedFiles.OwnerOf(file).Uid is var uid && !MayOwn(uid))
        {
            file.Dispose();
            throw new UntrustedFileException(
                $"{path}: belongs to uid {uid}, neither the domain's owner ({owner ?? DirectoryOwner}) nor root nor vpopmail: not "
                + "used; give it to the domain's owner or remove it");
        }

        return file;
    }

    private uint? DirectoryOwner => FileOwner.Of(directory)?.Uid;

    private bool MayOwn(uint uid) =>
        TrustedFiles.IsOurs(uid) || uid == owner || uid == DirectoryOwner || uid == SystemUsers.Find(Vpopmail.SystemUser)?.Uid;

    private static ReplacementFile Replace(string path, IReadOnlyList<ReadOnlyMemory<byte>> parts) =>
        ReplacementFile.WriteNext(path, path + ".authd", parts);

    private static IReadOnlyList<ReadOnlyMemory<byte>> Compile(IEnumerable<string> lines)
    {
        CdbWriter cdb = new();
        foreach (string line in lines)
        {
            int mark = line.IndexOf(':');
            if (mark > 0)
            {
                cdb.Add(WireText.ToBytes(line[..mark]), WireText.ToBytes(line[(mark + 1)..]));
            }
        }

        return cdb.Finish();
    }
}
