using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Users;
using Authd.Modules.Vchkpw.Cdb;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Vchkpw;

/// <summary>
/// The accounts of one domain: vpasswd.cdb, as vpopmail reads it, or vpasswd where that has not been made. Each lookup opens the
/// file anew, so a replaced one is used at once. All calls may block.
/// </summary>
/// <remarks>
/// The directory belongs to vpopmail's user or to a customer. Its files are read when they belong to the directory's owner, the
/// domain's, root or vpopmail, and are reached without links that others may have made (<see cref="TrustedFiles"/>).
/// </remarks>
/// <param name="directory">The domain's directory (.NET text).</param>
/// <param name="owner">The domain's owner, <c>null</c> when only the directory has one.</param>
public sealed class VpasswdFile(string directory, uint? owner = null)
{
    private readonly string _text = Path.Combine(directory, "vpasswd");
    private readonly string _cdb = Path.Combine(directory, "vpasswd.cdb");

    /// <summary>The account called <paramref name="name"/> (lower case).</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
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

    /// <summary>All accounts; comments and lines without a name are skipped.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
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

    /// <summary>Takes vpopmail's lock on the domain's accounts; <c>null</c> while another process has it. The lock does not
    /// exclude other threads of this process; the caller must.</summary>
    /// <exception cref="IOException">The lock file cannot be used.</exception>
    public RecordLock? TryLock() => RecordLock.TryTake(Path.Combine(directory, ".vpasswd.lock"), TrustedFiles.OwnerOf(_text));

    /// <summary>Stores a password in vpasswd and, if it exists, in vpasswd.cdb. The caller holds the lock.</summary>
    /// <param name="name">The account.</param>
    /// <param name="oldHash">Its present hash.</param>
    /// <param name="hash">Its new hash.</param>
    /// <param name="password">The password itself, for the clear-text field.</param>
    /// <returns>False: vpasswd does not have this account with the old hash (any more); nothing was changed.</returns>
    /// <exception cref="IOException">A file cannot be written; the old ones stay.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written; the old ones stay.</exception>
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
