using Authd.Linux.Native;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>
/// A new version of a file, written beside it. Readers see the old file or the new one, never a part, whenever a process is
/// killed or the machine loses power. A file disposed of before <see cref="Commit"/> leaves nothing behind.
/// </summary>
public sealed class ReplacementFile : IDisposable
{
    /// <summary>No other user may open the file before it has its final mode.</summary>
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int BufferSize = 1 << 16;

    private readonly TrustedFiles _directory;
    private readonly string _name;
    private readonly string _temporary;
    private bool _waiting;

    private ReplacementFile(string path, string temporary)
    {
        try
        {
            _directory = TrustedFiles.Beside(path);
        }
        catch (LibcException e)
        {
            throw new IOException(e.Message, e);
        }

        _name = TrustedFiles.NameOf(path);
        _temporary = TrustedFiles.NameOf(temporary);
    }

    /// <summary>Writes the new version.</summary>
    /// <param name="path">The file to replace or create.</param>
    /// <param name="temporary">Its name until then, in the same directory; a leftover of an earlier run is removed.</param>
    /// <param name="mode">Its permission bits, whatever the umask is.</param>
    /// <param name="owner">Its owner and group; <c>null</c>: this process's.</param>
    /// <param name="parts">Its bytes, in parts.</param>
    /// <exception cref="IOException">The file cannot be written; nothing is left behind.</exception>
    public static ReplacementFile Write(
        string path, string temporary, UnixFileMode mode, FileOwner? owner, IReadOnlyList<ReadOnlyMemory<byte>> parts) =>
        Write(path, temporary, mode, owner, file =>
        {
            foreach (ReadOnlyMemory<byte> part in parts)
            {
                file.Write(part.Span);
            }
        });

    /// <summary>Writes the new version piece by piece.</summary>
    /// <param name="path">The file that it will replace, or be.</param>
    /// <param name="temporary">As above.</param>
    /// <param name="mode">Likewise.</param>
    /// <param name="owner">Likewise.</param>
    /// <param name="write">Writes its bytes. When it throws, nothing is left behind.</param>
    /// <exception cref="IOException">It cannot be written; nothing is left behind.</exception>
    public static ReplacementFile Write(
        string path, string temporary, UnixFileMode mode, FileOwner? owner, Action<Stream> write)
    {
        ReplacementFile replacement = new(path, temporary);
        try
        {
            replacement._directory.Delete(replacement._temporary);
            using SafeFileHandle file = replacement._directory.Create(replacement._temporary, OwnerOnly);
            replacement._waiting = true;
            Protect(file, temporary, mode, owner);
            using FileStream stream = new(file, FileAccess.Write, BufferSize);
            write(stream);
            stream.Flush(flushToDisk: true);
            return replacement;
        }
        catch (Exception e)
        {
            replacement.Dispose();
            if (e is UnauthorizedAccessException)
            {
                throw new IOException(e.Message, e);
            }

            throw;
        }
    }

    /// <summary>Writes the next version of a file that is there, with its owner, group and permission bits.</summary>
    /// <param name="path">The file that it will replace.</param>
    /// <param name="temporary">Its name until then, in the same directory; what another run left there is removed.</param>
    /// <param name="parts">Its bytes, one part after the other.</param>
    /// <exception cref="IOException">There is no such file, or the new one cannot be written; nothing is left behind.</exception>
    public static ReplacementFile WriteNext(string path, string temporary, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        FileOwner owner = TrustedFiles.OwnerOf(path) ?? throw new IOException($"{path}: it is gone");
        return Write(path, temporary, owner.Mode, owner, parts);
    }

    /// <summary>Replaces the old file.</summary>
    /// <exception cref="IOException">The file cannot be renamed.</exception>
    public void Commit()
    {
        _directory.Rename(_temporary, _name);
        _waiting = false;
    }

    /// <summary>Waits until a directory's new names are on disk.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public static void SyncDirectory(string directory)
    {
        using TrustedFiles files = TrustedFiles.In(directory);
        files.Sync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_waiting)
        {
            _waiting = false;
            _directory.Delete(_temporary);
        }

        _directory.Dispose();
    }

    private static void Protect(SafeFileHandle file, string temporary, UnixFileMode mode, FileOwner? owner)
    {
        if (owner is { } given && LibC.fchown((int)file.DangerousGetHandle(), given.Uid, given.Gid) != 0)
        {
            throw LibcException.Last(temporary);
        }

        File.SetUnixFileMode(file, mode);
    }
}
