// Opens, makes and replaces files in directories that belong to others, without doing with root's rights what those want.
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Authd.Core;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// The files of one directory, which is held open, so that nobody can put another one in its place between two steps. A
/// symbolic link, be it the last or any other part of a path, is followed only when root or this process's user owns it and
/// nobody else may write to the directory that it is in; nothing is ever made through one.
/// </summary>
/// <remarks>
/// A path without links, the usual case, costs one openat2(2). Where there is a link, or no openat2 (Linux before 5.6, a
/// filter on system calls), the path is walked one name at a time.
/// </remarks>
public sealed unsafe class TrustedFiles : IDisposable
{
    /// <summary>No file that is read as a whole is longer, in bytes: a sparse one would fill the memory.</summary>
    public const int MaxWhole = 256 << 20;

    private const int MostLinks = 40; // as the kernel
    private const int MostAttempts = 20;
    private const int LongestTarget = 4096; // PATH_MAX
    private const int AllBits = 0xFFF;
    private const int WritableByGroup = 0x10;
    private const int WritableByOthers = 0x02;

    private readonly string _directory;
    private readonly SafeFileHandle _handle;

    private TrustedFiles(string directory, int descriptor)
    {
        _directory = directory;
        _handle = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Whether openat2 is asked first; a test does without.</summary>
    internal static bool UsesOpenat2 { get; set; } = true;

    /// <summary>Opens a directory.</summary>
    /// <exception cref="IOException">It is not there, or behind a link that is not followed.</exception>
    public static TrustedFiles In(string directory)
    {
        int descriptor = OpenExisting(directory, LibC.O_PATH | LibC.O_DIRECTORY);
        return descriptor >= 0 ? new TrustedFiles(directory, descriptor) : throw new LibcException(directory, -descriptor);
    }

    /// <summary>Opens the directory that a file is in or shall be in.</summary>
    /// <exception cref="IOException">As for <see cref="In"/>; the message names the file.</exception>
    public static TrustedFiles Beside(string file)
    {
        string directory = DirectoryOf(file);
        int descriptor = OpenExisting(directory, LibC.O_PATH | LibC.O_DIRECTORY);
        return descriptor >= 0 ? new TrustedFiles(directory, descriptor) : throw new LibcException(file, -descriptor);
    }

    /// <summary>Opens a regular file for reading; <c>null</c> when there is none.</summary>
    /// <exception cref="IOException">It cannot be opened, is something else, or is not to be trusted.</exception>
    public static SafeFileHandle? OpenRead(string path) => OpenFile(path, LibC.O_RDONLY);

    /// <summary>All bytes of a regular file; <c>null</c> when there is none.</summary>
    /// <exception cref="IOException">As for <see cref="OpenRead"/>, or it is longer than <see cref="MaxWhole"/>.</exception>
    public static byte[]? ReadAll(string path)
    {
        SafeFileHandle? file;
        try
        {
            file = OpenRead(path);
        }
        catch (LibcException e)
        {
            throw new IOException(e.Message, e);
        }

        using (file)
        {
            return file is null ? null : ReadFrom(file, 0, path);
        }
    }

    /// <summary>All bytes of an open file from <paramref name="start"/> on.</summary>
    /// <exception cref="IOException">It cannot be read, or they are more than <see cref="MaxWhole"/>.</exception>
    public static byte[] ReadFrom(SafeFileHandle file, long start, string path)
    {
        long length = Math.Max(0, RandomAccess.GetLength(file) - start);
        if (length > MaxWhole)
        {
            throw new IOException($"{path}: longer than {MaxWhole >> 20} MiB: no file of its kind is");
        }

        byte[] bytes = new byte[length];
        int filled = 0;
        int count;
        while (filled < bytes.Length && (count = RandomAccess.Read(file, bytes.AsSpan(filled), start + filled)) > 0)
        {
            filled += count;
        }

        return bytes[..filled];
    }

    /// <summary>Owner and permission bits of a regular file, reached as <see cref="OpenRead"/> reaches it; <c>null</c> when
    /// there is none.</summary>
    /// <exception cref="IOException">As for <see cref="OpenRead"/>.</exception>
    public static FileOwner? OwnerOf(string path)
    {
        using SafeFileHandle? file = OpenFile(path, LibC.O_PATH);
        return file is null ? null : OwnerOf(file);
    }

    /// <summary>Owner and permission bits of an open file.</summary>
    public static FileOwner OwnerOf(SafeFileHandle file) => ToOwner(Stat((int)file.DangerousGetHandle(), "", ""));

    /// <summary>Opens a regular file for reading and writing, or makes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Its mode when it has to be made; the umask counts.</param>
    /// <param name="owner">Whose it is then; <c>null</c>: this process's. One that is there keeps its owner.</param>
    /// <exception cref="IOException">It can be neither opened nor made, or is not to be trusted.</exception>
    public static SafeFileHandle OpenOrCreate(string path, UnixFileMode mode, FileOwner? owner = null)
    {
        using TrustedFiles files = Beside(path);
        string name = NameOf(path);
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (OpenFile(path, LibC.O_RDWR) is { } there)
            {
                return there;
            }

            int made = files.TryCreate(name, LibC.O_RDWR, mode);
            if (made >= 0)
            {
                return files.Own(new SafeFileHandle(made, ownsHandle: true), name, owner);
            }

            if (made != -LibC.EEXIST)
            {
                throw new LibcException(path, -made);
            }
        }

        // There is a name, but no file: a link to nowhere, or somebody who makes and removes it all the time.
        throw new UntrustedFileException(
            $"{path}: a symbolic link to what does not exist{Of(files.Descriptor, name)}: nothing is made through a link; remove it");
    }

    /// <summary>Makes a file that is not there: for writing, and as <paramref name="mode"/> minus the umask says.</summary>
    /// <exception cref="IOException">It cannot be made, or there is one.</exception>
    public SafeFileHandle Create(string name, UnixFileMode mode)
    {
        int made = TryCreate(name, LibC.O_WRONLY, mode);
        return made >= 0 ? new SafeFileHandle(made, ownsHandle: true) : throw Failure(name, -made);
    }

    /// <summary>Puts a new file in the place of whatever has its name: a link is replaced, not followed.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Renew(string name, UnixFileMode mode, ReadOnlySpan<byte> content)
    {
        int made;
        int attempt = 0;
        do
        {
            Delete(name);
        }
        while ((made = TryCreate(name, LibC.O_WRONLY, mode)) == -LibC.EEXIST && ++attempt < MostAttempts);

        if (made < 0)
        {
            throw Failure(name, -made);
        }

        using SafeFileHandle file = new(made, ownsHandle: true);
        RandomAccess.Write(file, content, fileOffset: 0);
    }

    /// <summary>Removes a name, if it is there.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public void Delete(string name)
    {
        fixed (byte* bytes = FileStamp.Name(name))
        {
            if (LibC.unlinkat(Descriptor, bytes, 0) != 0 && Marshal.GetLastPInvokeError() is var errno && errno != LibC.ENOENT)
            {
                throw Failure(name, errno);
            }
        }
    }

    /// <summary>Gives a file another name in the same directory, in place of what may have had that.</summary>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public void Rename(string from, string to)
    {
        fixed (byte* old = FileStamp.Name(from), next = FileStamp.Name(to))
        {
            if (Libc.renameat(Descriptor, old, Descriptor, next) != 0)
            {
                throw Failure(to, Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Binds a Unix socket that has <paramref name="mode"/> from the first moment on: there is nothing to change by
    /// name afterwards.</summary>
    /// <exception cref="IOException">The directory was replaced meanwhile.</exception>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public void Bind(Socket socket, string name, UnixFileMode mode)
    {
        UnixDomainSocketEndPoint address = new(Path.Combine(_directory, name));
        ExceptionDispatchInfo? failure = null;

        void BindWithMode()
        {
            mode_t before = LibC.umask((mode_t)(0x1FFu & ~(uint)mode));
            try
            {
                socket.Bind(address);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                _ = LibC.umask(before);
            }
        }

        // The umask is the process's, and other threads make files. A thread may leave with a copy of its own; where a filter
        // forbids that, or there can be no more threads, it is the process's after all, for the moment of one call.
        Thread apart = new(() =>
        {
            _ = LibC.unshare(LibC.CLONE_FS);
            BindWithMode();
        });
        try
        {
            apart.Start();
            apart.Join();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            BindWithMode();
        }

        failure?.Throw();
        if (Type(Stat(Descriptor, name, PathOf(name))) != (int)LibC.S_IFSOCK)
        {
            throw new UntrustedFileException($"{PathOf(name)}: somebody has replaced the directory or the new socket in it");
        }
    }

    /// <summary>Waits until the directory's new names are on disk.</summary>
    /// <exception cref="LibcException">They cannot be written.</exception>
    public void Sync()
    {
        int descriptor = OpenAt(Descriptor, ".", LibC.O_RDONLY | LibC.O_DIRECTORY);
        int failure = descriptor < 0 ? -descriptor : LibC.fsync(descriptor) != 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor >= 0)
        {
            Descriptors.Close(descriptor);
        }

        if (failure != 0)
        {
            throw new LibcException(_directory, failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>The last part of a path.</summary>
    internal static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>A path by which a C library opens the very file that is open here.</summary>
    internal static string ByDescriptor(SafeFileHandle file) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)file.DangerousGetHandle()}");

    /// <summary>Where an open file is: a path without links (wire text), <c>null</c> when it has none any more.</summary>
    internal static string? PlaceOf(SafeFileHandle file)
    {
        byte* target = stackalloc byte[LongestTarget];
        fixed (byte* name = FileStamp.Name(ByDescriptor(file)))
        {
            nint length = (nint)LibC.readlinkat(LibC.AT_FDCWD, name, target, LongestTarget);
            return length > 0 && *target == '/' ? WireText.FromBytes(new ReadOnlySpan<byte>(target, (int)length)) : null;
        }
    }

    /// <summary>Opens a regular file with <paramref name="flags"/>; <c>null</c> when there is none.</summary>
    /// <exception cref="IOException">It cannot be opened, is something else, or is not to be trusted.</exception>
    internal static SafeFileHandle? OpenFile(string path, int flags)
    {
        // Without O_NONBLOCK a pipe in a file's place would hold the thread until somebody writes.
        int descriptor = OpenExisting(path, flags == LibC.O_PATH ? flags : flags | LibC.O_NONBLOCK | LibC.O_NOCTTY);
        if (descriptor == -LibC.ENOENT || descriptor == -LibC.ENOTDIR)
        {
            return null;
        }

        if (descriptor < 0)
        {
            throw new LibcException(path, -descriptor);
        }

        SafeFileHandle file = new(descriptor, ownsHandle: true);
        try
        {
            RequireOrdinary(descriptor, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void RequireOrdinary(int descriptor, string path)
    {
        statx found = Stat(descriptor, "", path);
        int type = Type(found);
        if (type == (int)LibC.S_IFDIR)
        {
            throw new LibcException(path, LibC.EISDIR);
        }

        if (type != (int)LibC.S_IFREG)
        {
            throw new UntrustedFileException($"{path}: no regular file, and uid {found.stx_uid}'s: remove it");
        }

        // Linux usually forbids hard links to others' files (fs.protected_hardlinks); where it does not, they are as good as
        // symbolic ones to whoever wants to have a file read.
        if (found.stx_nlink > 1)
        {
            using TrustedFiles place = Beside(path);
            statx directory = Stat(place.Descriptor, "", path);
            if (!IsOursAlone(directory) && found.stx_uid != directory.stx_uid)
            {
                throw new UntrustedFileException(
                    $"{path}: has other names as well, and is uid {found.stx_uid}'s in a directory of uid {directory.stx_uid}: "
                    + "not used; replace it by a copy");
            }
        }
    }

    /// <summary>A new file's owner; when that cannot be set, the file is not left behind.</summary>
    private SafeFileHandle Own(SafeFileHandle file, string name, FileOwner? owner)
    {
        if (owner is { } given && LibC.fchown((int)file.DangerousGetHandle(), given.Uid, given.Gid) != 0)
        {
            LibcException failure = LibcException.Last(PathOf(name));
            file.Dispose();
            Delete(name);
            throw failure;
        }

        return file;
    }

    private int TryCreate(string name, int access, UnixFileMode mode) =>
        OpenAt(Descriptor, name, access | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW, (uint)mode);

    private IOException Failure(string name, int errno) => new(new LibcException(PathOf(name), errno).Message);

    private string PathOf(string name) => Path.Combine(_directory, name);

    private static string DirectoryOf(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash < 0 ? "." : slash == 0 ? "/" : path[..slash];
    }

    /// <summary>A descriptor, or an errno made negative.</summary>
    private static int OpenExisting(string path, int flags)
    {
        int opened = UsesOpenat2 ? Openat2(path, flags) : -LibC.ENOSYS;

        // ENOSYS and EPERM: there is no such call for us; the walk gives a true EPERM, too.
        return opened >= 0 || (opened != -LibC.ELOOP && opened != -LibC.ENOSYS && opened != -LibC.EPERM && opened != -LibC.EAGAIN)
            ? opened : Walk(path, flags);
    }

    private static int Openat2(string path, int flags)
    {
        Libc.OpenHow how = new() { Flags = (ulong)(flags | LibC.O_CLOEXEC), Resolve = Libc.RESOLVE_NO_SYMLINKS };
        fixed (byte* name = FileStamp.Name(path))
        {
            nint opened = Libc.syscall(Libc.SYS_openat2, LibC.AT_FDCWD, name, &how, sizeof(Libc.OpenHow));
            return opened >= 0 ? (int)opened : -Marshal.GetLastPInvokeError();
        }
    }

    private static int OpenAt(int directory, string name, int flags, uint mode = 0)
    {
        fixed (byte* bytes = FileStamp.Name(name))
        {
            return OpenAt(directory, bytes, flags, mode);
        }
    }

    private static int OpenAt(int directory, byte* name, int flags, uint mode)
    {
        int opened = LibC.openat(directory, name, flags | LibC.O_CLOEXEC, (mode_t)mode);
        return opened >= 0 ? opened : -Marshal.GetLastPInvokeError();
    }

    /// <summary>One name of the path at a time: each is looked at through a descriptor, so nothing changes under the look.</summary>
    private static int Walk(string path, int flags)
    {
        // Wire text from here on: a link's target need not be UTF-8.
        string text = WireText.FromUnicode(path);
        Stack<string> names = new();
        Push(names, text);
        string where = text.StartsWith('/') ? "/" : "";
        int links = 0;
        SafeFileHandle at = Start(text);
        try
        {
            while (names.TryPop(out string? name))
            {
                int opened = OpenWire(at, name, LibC.O_PATH | LibC.O_NOFOLLOW);
                if (opened < 0)
                {
                    return opened;
                }

                SafeFileHandle next = new(opened, ownsHandle: true);
                statx found = Stat(opened, "", path);
                if (Type(found) == (int)LibC.S_IFLNK)
                {
                    using (next)
                    {
                        RequireTrusted(found, Stat((int)at.DangerousGetHandle(), "", path), path, where + name);
                        text = Target(opened);
                    }

                    if (++links > MostLinks)
                    {
                        return -LibC.ELOOP;
                    }

                    Push(names, text);
                    if (!text.StartsWith('/'))
                    {
                        continue; // where the link is
                    }

                    next = Start(text);
                    where = "/";
                }
                else if (names.Count == 0)
                {
                    next.Dispose();
                    return OpenWire(at, name, flags | LibC.O_NOFOLLOW);
                }
                else
                {
                    where += name + "/";
                }

                at.Dispose();
                at = next;
            }

            // The path, or its last link, named the directory that has been reached: "/" or "..".
            return OpenWire(at, ".", flags);
        }
        finally
        {
            at.Dispose();
        }
    }

    private static SafeFileHandle Start(string path)
    {
        string name = path.StartsWith('/') ? "/" : ".";
        int opened = OpenAt(LibC.AT_FDCWD, name, LibC.O_PATH | LibC.O_DIRECTORY);
        return opened >= 0 ? new SafeFileHandle(opened, ownsHandle: true) : throw new LibcException(name, -opened);
    }

    private static void Push(Stack<string> names, string path)
    {
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            names.Push(name);
        }
    }

    private static int OpenWire(SafeFileHandle directory, string name, int flags)
    {
        fixed (byte* bytes = CStrings.One(name))
        {
            return OpenAt((int)directory.DangerousGetHandle(), bytes, flags, 0);
        }
    }

    private static string Target(int link)
    {
        byte* target = stackalloc byte[LongestTarget];
        byte empty = 0;
        nint length = (nint)LibC.readlinkat(link, &empty, target, LongestTarget);
        return length >= 0 ? WireText.FromBytes(new ReadOnlySpan<byte>(target, (int)length)) : throw LibcException.Last("readlink");
    }

    private static void RequireTrusted(statx link, statx directory, string path, string where)
    {
        if (!IsOurs(link.stx_uid) || !IsOursAlone(directory))
        {
            string name = WireText.ToUnicode(where);
            string which = name == path ? "a symbolic link" : $"{name} is a symbolic link";
            throw new UntrustedFileException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: {which} of uid {link.stx_uid} in a directory of uid {directory.stx_uid}, mode ")
                + Convert.ToString(directory.stx_mode & AllBits, 8).PadLeft(4, '0')
                + ": not followed, since others may have made it; remove it, or give link and directory to root and let nobody "
                + "else write there");
        }
    }

    /// <summary>Whose it is, for a message; nothing when it is gone.</summary>
    private static string Of(int directory, string name)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $", uid {Stat(directory, name, "").stx_uid}'s");
        }
        catch (LibcException)
        {
            return "";
        }
    }

    /// <summary>Whether it is root's uid or this process's.</summary>
    public static bool IsOurs(uint uid) => uid == 0 || uid == LibC.geteuid();

    /// <summary>Nobody but root and this process's user may change its names. Root's group has no other members, and where
    /// this is not root, its own group is its own.</summary>
    private static bool IsOursAlone(statx directory)
    {
        bool group = (directory.stx_mode & WritableByGroup) != 0
            && directory.stx_gid != 0 && (LibC.geteuid() == 0 || directory.stx_gid != LibC.getegid());
        return IsOurs(directory.stx_uid) && !group && (directory.stx_mode & WritableByOthers) == 0;
    }

    private static int Type(statx found) => found.stx_mode & (int)LibC.S_IFMT;

    private static FileOwner ToOwner(statx found) =>
        new(found.stx_uid, found.stx_gid, (UnixFileMode)(found.stx_mode & AllBits));

    /// <summary>What a name (a link itself) or, with an empty one, a descriptor is.</summary>
    private static statx Stat(int descriptor, string name, string path)
    {
        statx found;
        fixed (byte* bytes = FileStamp.Name(name))
        {
            int result = LibC.statx(
                descriptor,
                bytes,
                LibC.AT_EMPTY_PATH | LibC.AT_SYMLINK_NOFOLLOW,
                LibC.STATX_TYPE | LibC.STATX_MODE | LibC.STATX_UID | LibC.STATX_GID | LibC.STATX_NLINK,
                &found);
            return result == 0 ? found : throw LibcException.Last(path);
        }
    }
}
