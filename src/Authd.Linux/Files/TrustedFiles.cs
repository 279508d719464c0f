// Opens, creates and replaces files in directories of other users, without lending them root's rights.
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Linux.Native;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>
/// The files of one directory. The directory is held open, so that it cannot be exchanged between two steps. A symbolic link in
/// any part of a path is followed only when root or this process's user owns it and no other user may write to its directory;
/// nothing is ever created through a link.
/// </summary>
/// <remarks>
/// A path without links, the usual case, costs one openat2(2). For a path with a link, or without openat2 (Linux before 5.6, a
/// filter on system calls), the path is walked one name at a time.
/// </remarks>
public sealed unsafe class TrustedFiles : IDisposable
{
    /// <summary>The largest file read as a whole, in bytes: a sparse one would fill the memory.</summary>
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

    /// <summary>Whether openat2 is tried first; a test switches it off.</summary>
    internal static bool UsesOpenat2 { get; set; } = true;

    /// <summary>Opens a directory.</summary>
    /// <exception cref="IOException">The directory does not exist, or is behind a link that is not followed.</exception>
    public static TrustedFiles In(string directory)
    {
        int descriptor = OpenExisting(directory, LibC.O_PATH | LibC.O_DIRECTORY);
        return descriptor >= 0 ? new TrustedFiles(directory, descriptor) : throw new LibcException(directory, -descriptor);
    }

    /// <summary>Opens the directory of a file that exists or will be created.</summary>
    /// <exception cref="IOException">As for <see cref="In"/>; the message names the file.</exception>
    public static TrustedFiles Beside(string file)
    {
        string directory = DirectoryOf(file);
        int descriptor = OpenExisting(directory, LibC.O_PATH | LibC.O_DIRECTORY);
        return descriptor >= 0 ? new TrustedFiles(directory, descriptor) : throw new LibcException(file, -descriptor);
    }

    /// <summary>Opens a regular file for reading; <c>null</c> when it does not exist.</summary>
    /// <exception cref="IOException">The file cannot be opened, is not a regular file, or is not trusted.</exception>
    public static SafeFileHandle? OpenRead(string path)
    {
        try
        {
            return OpenFile(path, LibC.O_RDONLY);
        }
        catch (LibcException e) when (e.Errno == LibC.EACCES && RootFiles.Broker?.Covers(path) == true)
        {
            return RootFiles.Broker.Open(path);
        }
    }

    /// <summary>All bytes of a regular file; <c>null</c> when it does not exist.</summary>
    /// <exception cref="IOException">As for <see cref="OpenRead"/>, or the file is larger than
    /// <see cref="MaxWhole"/>.</exception>
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
    /// <exception cref="IOException">The file cannot be read, or has more than <see cref="MaxWhole"/> bytes left.</exception>
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

        return filled == bytes.Length ? bytes : bytes[..filled];
    }

    /// <summary>Owner and permission bits of a regular file, reached as <see cref="OpenRead"/> reaches it; <c>null</c> when it
    /// does not exist.</summary>
    /// <exception cref="IOException">As for <see cref="OpenRead"/>.</exception>
    public static FileOwner? OwnerOf(string path)
    {
        using SafeFileHandle? file = OpenFile(path, LibC.O_PATH);
        return file is null ? null : OwnerOf(file);
    }

    /// <summary>Owner and permission bits of an open file.</summary>
    public static FileOwner OwnerOf(SafeFileHandle file) => ToOwner(Stat((int)file.DangerousGetHandle(), "", ""));

    /// <summary>Opens a regular file for reading and writing; creates it when it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">The mode of a created file; the umask applies.</param>
    /// <param name="owner">The owner of a created file; <c>null</c>:
    /// this process's user. An existing file keeps its owner.</param>
    /// <exception cref="IOException">The file can be neither opened nor created, or is not trusted.</exception>
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

        // The name exists, but no file: a dangling link, or another process that keeps creating and removing it.
        throw new UntrustedFileException(
            $"{path}: a symbolic link to what does not exist{Of(files.Descriptor, name)}: nothing is made through a link; remove it");
    }

    /// <summary>Creates a file for writing, with <paramref name="mode"/> reduced by the umask.</summary>
    /// <exception cref="IOException">The file cannot be created, or exists.</exception>
    public SafeFileHandle Create(string name, UnixFileMode mode)
    {
        int made = TryCreate(name, LibC.O_WRONLY, mode);
        return made >= 0 ? new SafeFileHandle(made, ownsHandle: true) : throw Failure(name, -made);
    }

    /// <summary>Replaces any file of that name with a new one; a link is replaced, not followed.</summary>
    /// <exception cref="IOException">The file cannot be created.</exception>
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

    /// <summary>Removes a name, if it exists.</summary>
    /// <exception cref="IOException">The name cannot be removed.</exception>
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

    /// <summary>Renames a file within the directory; an existing file of the new name is replaced.</summary>
    /// <exception cref="IOException">The file cannot be renamed.</exception>
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

    /// <summary>Binds a Unix socket that has <paramref name="mode"/> from the first moment on, so that nothing has to be changed
    /// by name afterwards.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="name">Its name in the directory.</param>
    /// <param name="mode">Its mode.</param>
    /// <param name="owner">Its owner from the first moment on, if that user may create it there. Otherwise it belongs to this
    /// process's user until <see cref="GiveSocket"/>.</param>
    /// <exception cref="IOException">The directory was replaced meanwhile.</exception>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public void Bind(Socket socket, string name, UnixFileMode mode, FileOwner? owner = null)
    {
        UnixDomainSocketEndPoint address = new(Path.Combine(_directory, name));
        ExceptionDispatchInfo? failure = null;

        void BindWithMode()
        {
            mode_t before = LibC.umask((mode_t)(0x1FFu & ~(uint)mode));
            try
            {
                if (owner is null || !TryBindAs(owner.Value, socket, address))
                {
                    socket.Bind(address);
                }
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

        // The umask belongs to the process, and other threads create files. A thread can have an umask of its own; where a filter
        // forbids that, or the system has no thread to give, the process's umask is changed for the moment of one call.
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
            throw new UntrustedFileException($"{PathOf(name)}: the directory or the new socket in it was replaced by another process");
        }
    }

    /// <summary>Binds with the file rights of the owner, so that the system
    /// call makes the socket the owner's. False: not permitted.</summary>
    private static bool TryBindAs(FileOwner owner, Socket socket, UnixDomainSocketEndPoint address)
    {
        uint group = Libc.setfsgid(owner.Gid);
        uint user = Libc.setfsuid(owner.Uid);
        try
        {
            socket.Bind(address);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            return false;
        }
        finally
        {
            _ = Libc.setfsuid(user);
            _ = Libc.setfsgid(group);
        }
    }

    /// <summary>Gives a Unix socket of this process, made by <see cref="Bind"/>, to its owner and group.</summary>
    /// <exception cref="IOException">It cannot be given away, or was
    /// replaced: the directory may belong to another user.</exception>
    public void GiveSocket(string name, FileOwner owner)
    {
        int descriptor = OpenAt(Descriptor, name, LibC.O_PATH | LibC.O_NOFOLLOW);
        if (descriptor < 0)
        {
            throw Failure(name, -descriptor);
        }

        using SafeFileHandle file = new(descriptor, ownsHandle: true);
        statx found = Stat(descriptor, "", PathOf(name));
        if (Type(found) == (int)LibC.S_IFSOCK && found.stx_uid == owner.Uid && found.stx_gid == owner.Gid)
        {
            return;
        }

        if (Type(found) != (int)LibC.S_IFSOCK || found.stx_uid != LibC.geteuid() || found.stx_nlink != 1)
        {
            throw new UntrustedFileException($"{PathOf(name)}: the new socket was replaced by another process");
        }

        byte none = 0;
        if (LibC.fchownat(descriptor, &none, owner.Uid, owner.Gid, LibC.AT_EMPTY_PATH) != 0)
        {
            throw Failure(name, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits until the directory's new names are on disk.</summary>
    /// <exception cref="LibcException">The directory cannot be written.</exception>
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

    /// <summary>A path by which a C library opens exactly the file that is open here.</summary>
    internal static string ByDescriptor(SafeFileHandle file) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)file.DangerousGetHandle()}");

    /// <summary>The path of an open file, without links (wire text); <c>null</c> when the file has no name any more.</summary>
    internal static string? PlaceOf(SafeFileHandle file)
    {
        byte* target = stackalloc byte[LongestTarget];
        fixed (byte* name = FileStamp.Name(ByDescriptor(file)))
        {
            nint length = (nint)LibC.readlinkat(LibC.AT_FDCWD, name, target, LongestTarget);
            return length > 0 && *target == '/' ? WireText.FromBytes(new ReadOnlySpan<byte>(target, (int)length)) : null;
        }
    }

    /// <summary>Opens a regular file with <paramref name="flags"/>; <c>null</c> when it does not exist.</summary>
    /// <exception cref="IOException">The file cannot be opened, is not a regular file, or is not trusted.</exception>
    internal static SafeFileHandle? OpenFile(string path, int flags)
    {
        // Without O_NONBLOCK, a FIFO in the file's place would hold the thread until a writer comes.
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

        // Linux usually forbids hard links to other users' files (fs.protected_hardlinks). Where it does not, they are as
        // dangerous as symbolic links.
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

    /// <summary>Sets a new file's owner; a file whose owner cannot be set is removed.</summary>
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

        // ENOSYS and EPERM: the system call is not available here; the walk reports a true EPERM, too.
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

    /// <summary>Walks the path one name at a time. Each is examined through
    /// a descriptor, so that it cannot be exchanged meanwhile.</summary>
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
                        continue; // continues in the link's directory
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

            // The path, or its last link, names the directory reached so far: "/" or "..".
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

    /// <summary>The owner, for a message; empty when the file is gone.</summary>
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

    /// <summary>Whether the uid is root's or this process's.</summary>
    public static bool IsOurs(uint uid) => uid == 0 || uid == LibC.geteuid();

    /// <summary>Only root and this process's user may change names in the directory. Root's group has no other members; the group
    /// of a process that is not root is taken for its own.</summary>
    private static bool IsOursAlone(statx directory)
    {
        bool group = (directory.stx_mode & WritableByGroup) != 0
            && directory.stx_gid != 0 && (LibC.geteuid() == 0 || directory.stx_gid != LibC.getegid());
        return IsOurs(directory.stx_uid) && !group && (directory.stx_mode & WritableByOthers) == 0;
    }

    private static int Type(statx found) => found.stx_mode & (int)LibC.S_IFMT;

    private static FileOwner ToOwner(statx found) =>
        new(found.stx_uid, found.stx_gid, (UnixFileMode)(found.stx_mode & AllBits));

    /// <summary>The status of a name (of a link itself) or, with an empty name, of a descriptor.</summary>
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
