// The structures that go to the C library have glibc's layout: its own compiler is asked, on whatever machine the test runs.
using System.Diagnostics;
using Tmds.Linux;
using Xunit;

namespace Authd.Tests.Unit.Interop;

public sealed unsafe class LibcLayoutTests
{
    // Sizes and offsets, in the order of Program's printf.
    private const string Program = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <poll.h>
        #include <signal.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/stat.h>
        #include <termios.h>
        int main(void) {
            printf("%zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu\n",
                sizeof(struct epoll_event), offsetof(struct epoll_event, data), sizeof(struct pollfd),
                sizeof(struct flock), offsetof(struct flock, l_pid), sizeof(struct statx), offsetof(struct statx, stx_uid),
                offsetof(struct statx, stx_ino), offsetof(struct statx, stx_mtime), sizeof(sigset_t),
                sizeof(struct termios), offsetof(struct termios, c_lflag));
        }
        """;

    [Fact]
    public void Structures_are_those_of_the_system_compiler()
    {
        epoll_event happened = default;
        flock region = default;
        statx found = default;
        termios settings = default;
        long[] ours =
        [
            sizeof(epoll_event), (byte*)&happened.data - (byte*)&happened, sizeof(pollfd),
            sizeof(flock), (byte*)&region.l_pid - (byte*)&region, sizeof(statx), (byte*)&found.stx_uid - (byte*)&found,
            (byte*)&found.stx_ino - (byte*)&found, (byte*)&found.stx_mtime - (byte*)&found, sizeof(sigset_t),
            sizeof(termios), (byte*)&settings.c_lflag - (byte*)&settings,
        ];
        Assert.Equal(CompilersAnswer(), string.Join(' ', ours));
    }

    private static string CompilersAnswer()
    {
        string directory = Directory.CreateTempSubdirectory("authd-layout").FullName;
        try
        {
            string source = Path.Combine(directory, "layout.c");
            string program = Path.Combine(directory, "layout");
            File.WriteAllText(source, Program);
            Run("gcc", "-o", program, source);
            return Run(program).Trim();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
