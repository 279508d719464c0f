// Structures and constants passed to the C library are glibc's, on both processors. The compilers for both judge them without
// running anything, so that a machine of one kind checks the other, too.
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text;
using Authd.Linux.Native;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public sealed class LibcLayoutTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <grp.h>
        #include <linux/openat2.h>
        #include <poll.h>
        #include <pwd.h>
        #include <sched.h>
        #include <shadow.h>
        #include <signal.h>
        #include <stddef.h>
        #include <sys/epoll.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <termios.h>

        """;

    private static readonly Dictionary<string, string[]> TmdsStructures = new()
    {
        ["epoll_event"] = ["events", "data"],
        ["pollfd"] = ["fd", "events", "revents"],
        ["flock"] = ["l_type", "l_whence", "l_start", "l_len", "l_pid"],
        ["statx"] = ["stx_mode", "stx_nlink", "stx_uid", "stx_gid", "stx_ino", "stx_size", "stx_mtime"],
        ["sigset_t"] = [],
        ["termios"] = ["c_iflag", "c_lflag", "c_cc"],
    };

    private static readonly string[] TmdsConstants =
    [
        "AF_UNIX", "AF_INET", "AF_INET6", "SOCK_STREAM", "SOCK_DGRAM", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "SOL_SOCKET", "SO_SNDTIMEO",
        "SO_RCVTIMEO", "MSG_DONTWAIT", "MSG_NOSIGNAL", "EPOLLIN", "EPOLLOUT", "EPOLLONESHOT", "EPOLL_CTL_ADD", "EPOLL_CTL_MOD",
        "EPOLL_CTL_DEL", "EPOLL_CLOEXEC", "POLLIN", "POLLHUP", "POLLERR", "POLLRDHUP", "O_RDONLY", "O_RDWR", "O_CREAT", "O_CLOEXEC",
        "O_NONBLOCK", "O_DIRECTORY", "O_NOFOLLOW", "O_EXCL", "O_PATH", "O_WRONLY", "O_NOCTTY", "AT_FDCWD", "AT_EMPTY_PATH",
        "AT_SYMLINK_NOFOLLOW", "S_IFMT", "S_IFLNK", "S_IFREG", "S_IFDIR", "S_IFSOCK", "CLONE_FS", "ELOOP", "ENOSYS", "EEXIST",
        "ENOTDIR", "EISDIR", "F_SETFL", "F_GETFD", "F_SETLK", "F_SETLKW", "F_GETLK",
        "F_WRLCK", "F_UNLCK", "F_DUPFD_CLOEXEC", "TCSAFLUSH", "ECHO", "SIGHUP", "SIGTERM", "SIGINT", "SIGKILL", "SIGCHLD", "SIGPIPE",
        "SIGBUS", "EINTR", "EAGAIN", "ENOENT", "EPERM", "EACCES", "ERANGE", "EROFS", "EIO", "EINVAL", "ECONNABORTED",
    ];

    [Theory]
    [InlineData("linux-x64", "x86_64-linux-gnu-gcc")]
    [InlineData("linux-arm64", "aarch64-linux-gnu-gcc")]
    public void Structures_and_constants_are_those_of_the_C_compiler(string target, string compiler)
    {
        StringBuilder source = new(Headers);
        Assembly tmds = new AssemblyLoadContext(target, isCollectible: true).LoadFromAssemblyPath(
            Path.Combine(AppContext.BaseDirectory, "runtimes", target, "lib", "netstandard2.0", "Tmds.LibC.dll"));
        foreach ((string name, string[] fields) in TmdsStructures)
        {
            Type structure = tmds.GetType($"Tmds.Linux.{name}", throwOnError: true)!;
            string tag = name == "sigset_t" ? name : $"struct {name}";
            Claim(source, tag, structure, [.. fields.Select(field => (field, FieldBehind(structure, field)))]);
        }
        Type constants = tmds.GetType("Tmds.Linux.LibC", throwOnError: true)!;
        foreach (string name in TmdsConstants)
        {
            string value = constants.GetProperty(name)!.GetValue(null)!.ToString()!; // some are of the package's own number types
            Claim(source, name, long.Parse(value, CultureInfo.InvariantCulture));
        }

        // Ours have one form, which must fit both processors.
        Claim(source, "struct passwd", typeof(Libc.Passwd), FieldsInOrder(typeof(Libc.Passwd),
            "pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"));
        Claim(source, "struct spwd", typeof(Libc.Spwd), FieldsInOrder(typeof(Libc.Spwd), "sp_namp", "sp_pwdp", "sp_lstchg", "sp_min",
            "sp_max", "sp_warn", "sp_inact", "sp_expire", "sp_flag"));
        Claim(source, "struct group", typeof(Libc.Group), FieldsInOrder(typeof(Libc.Group), "gr_name", "gr_passwd", "gr_gid", "gr_mem"));
        Claim(source, "struct timeval", typeof(Libc.Timeval), FieldsInOrder(typeof(Libc.Timeval), "tv_sec", "tv_usec"));
        Claim(source, "struct iovec", typeof(Libc.Iovec), FieldsInOrder(typeof(Libc.Iovec), "iov_base", "iov_len"));
        Claim(source, "struct msghdr", typeof(Libc.Msghdr), FieldsInOrder(typeof(Libc.Msghdr), "msg_name", "msg_namelen", "msg_iov",
            "msg_iovlen", "msg_control", "msg_controllen", "msg_flags"));
        Claim(source, "struct open_how", typeof(Libc.OpenHow), FieldsInOrder(typeof(Libc.OpenHow), "flags", "mode", "resolve"));
        Claim(source, "SYS_openat2", Libc.SYS_openat2);
        Claim(source, "RESOLVE_NO_SYMLINKS", (long)Libc.RESOLVE_NO_SYMLINKS);
        Compile(compiler, source.ToString());
    }

    // A check that cannot fail would be worthless.
    [Fact]
    public void A_wrong_size_is_found()
    {
        StringBuilder source = new(Headers);
        Claim(source, "sizeof(struct passwd)", 47);
        Assert.Throws<InvalidOperationException>(() => Compile("gcc", source.ToString()));
    }

    // Some members are automatic properties; their field is named after them.
    private static string FieldBehind(Type structure, string name) => structure
        .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Single(field => field.Name == name || field.Name == $"<{name}>k__BackingField").Name;

    private static (string C, string Ours)[] FieldsInOrder(Type structure, params string[] names)
    {
        FieldInfo[] fields = [.. structure.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(field => Marshal.OffsetOf(structure, field.Name))];
        Assert.True(names.Length <= fields.Length, $"{structure.Name} has {fields.Length} fields");
        return [.. names.Select((name, place) => (name, fields[place].Name))];
    }

    private static void Claim(StringBuilder source, string tag, Type structure, (string C, string Ours)[] fields)
    {
        Claim(source, $"sizeof({tag})", Marshal.SizeOf(structure));
        foreach ((string c, string ours) in fields)
        {
            Claim(source, $"offsetof({tag}, {c})", Marshal.OffsetOf(structure, ours));
        }
    }

    private static void Claim(StringBuilder source, string expression, long value) =>
        source.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert(({expression}) == {value}, \"{expression} is not {value}\");");

    private static void Compile(string compiler, string source)
    {
        ProcessStartInfo start = new(compiler, ["-fsyntax-only", "-x", "c", "-"]) { RedirectStandardInput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Write(source);
        process.StandardInput.Close();
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(said);
        }
    }
}
