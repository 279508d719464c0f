// Starts programs with chosen descriptors and waits for them, which System.Diagnostics.Process cannot do.
using System.Runtime.InteropServices;
using System.Text;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>The end of a child process.</summary>
/// <param name="Status">The wait status, as waitpid(2) gave it.</param>
public readonly record struct ExitStatus(int Status)
{
    /// <inheritdoc/>
    public override string ToString() =>
        Signal == 0 ? $"exit status {(Status >> 8) & 0xff}" : $"killed by signal {Signal}";

    /// <summary>The signal that ended it; 0: none.</summary>
    public int Signal => Status & 0x7f;

    /// <summary>It was stopped from outside (SIGHUP, SIGINT, SIGKILL,
    /// SIGTERM), or ended by itself with status 0: it did not crash.</summary>
    public bool WasAskedFor => Status == 0 || Signal is 1 or 2 or 9 or 15;
}

/// <summary>A program to start.</summary>
/// <param name="Path">The program, absolute.</param>
/// <param name="Arguments">argv, including the name.</param>
/// <param name="Environment">The whole environment, <c>NAME=value</c> as wire text.</param>
/// <param name="Descriptors">Descriptors of ours that become 3, 4, ... in the child; all others above 2 are closed.</param>
public sealed record ChildProgram(
    string Path,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<string> Environment,
    IReadOnlyList<int> Descriptors)
{
    /// <summary>The child leads a session of its own, as a daemon does.</summary>
    public bool NewSession { get; init; }

    /// <summary>Signals that are blocked in the child from its first moment on.</summary>
    public IReadOnlyList<int> HeldBack { get; init; } = [];

    /// <summary>The descriptor of ours that becomes its stdin; <c>null</c>: /dev/null.</summary>
    public int? Input { get; init; }

    /// <summary>The descriptor of ours that becomes its stdout; <c>null</c>: /dev/null.</summary>
    public int? Output { get; init; }

    /// <summary>The descriptor of ours that becomes its stderr; <c>null</c>: our stderr.</summary>
    public int? Errors { get; init; }
}

/// <summary>posix_spawn(3), kill(2) and waitpid(2).</summary>
public static class ChildProcess
{
    private const int FirstDescriptor = 3;

    // Sizes of glibc's opaque types on 64-bit Linux, rounded up.
    private const int FileActionsSize = 128;
    private const int AttributesSize = 512;

    /// <summary>Starts <paramref name="program"/>; its signals are reset.</summary>
    /// <returns>Its process id.</returns>
    /// <exception cref="LibcException">The program could not be started.</exception>
    public static unsafe int Start(ChildProgram program)
    {
        byte* actions = stackalloc byte[FileActionsSize];
        byte* attributes = stackalloc byte[AttributesSize];
        // The copies get numbers behind the targets: a dup2 in the child
        // must not overwrite a descriptor that is still to be copied.
        List<(int Copy, int Target)> inherited = [];
        Check(Libc.posix_spawn_file_actions_init(actions));
        Check(Libc.posix_spawnattr_init(attributes));
        try
        {
            foreach ((int ours, int target) in Inherited(program))
            {
                inherited.Add((CopyAway(ours, FirstDescriptor + program.Descriptors.Count), target));
            }

            Check(Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", LibC.O_RDWR, 0));
            Check(Libc.posix_spawn_file_actions_addopen(actions, 1, "/dev/null", LibC.O_RDWR, 0));
            foreach ((int copy, int target) in inherited)
            {
                Check(Libc.posix_spawn_file_actions_adddup2(actions, copy, target));
            }

            Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, FirstDescriptor + program.Descriptors.Count));
            ResetSignals(attributes, program);
            return Spawn(program, actions, attributes);
        }
        finally
        {
            Libc.posix_spawnattr_destroy(attributes);
            Libc.posix_spawn_file_actions_destroy(actions);
            inherited.ForEach(static pair => Descriptors.Close(pair.Copy));
        }
    }

    /// <summary>The reason why <paramref name="path"/> cannot be started; <c>null</c> when it can.</summary>
    public static unsafe string? WhyNotExecutable(string path)
    {
        fixed (byte* name = FileStamp.Name(path))
        {
            return LibC.access(name, LibC.X_OK) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>
    /// Sends a signal, to a process group when <paramref name="pid"/> is negative; false when the process does not exist or may
    /// not be signalled.
    /// </summary>
    public static bool Signal(int pid, int signal) => LibC.kill(pid, signal) == 0;

    /// <summary>Collects a child that has ended; <c>null</c> while it still runs.</summary>
    public static ExitStatus? Reap(int pid) =>
        Libc.waitpid(pid, out int status, Libc.WNOHANG) == pid ? new ExitStatus(status) : null;

    /// <summary>Blocks until a child has ended.</summary>
    /// <exception cref="LibcException">It is not a child of this process.</exception>
    public static ExitStatus Wait(int pid)
    {
        int status;
        while (Libc.waitpid(pid, out status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != LibC.EINTR)
            {
                throw LibcException.Last("waitpid");
            }
        }

        return new ExitStatus(status);
    }

    /// <summary>Collects a child that is about to end, by asking repeatedly: the kernel gives no notice.</summary>
    public static async Task<ExitStatus> ReapAsync(int pid)
    {
        for (int wait = 1; ; wait = Math.Min(wait * 2, 100))
        {
            if (Reap(pid) is { } status)
            {
                return status;
            }

            await Task.Delay(wait);
        }
    }

    private static IEnumerable<(int Ours, int Target)> Inherited(ChildProgram program)
    {
        if (program.Input is { } input)
        {
            yield return (input, 0);
        }

        if (program.Output is { } output)
        {
            yield return (output, 1);
        }

        if (program.Errors is { } errors)
        {
            yield return (errors, 2);
        }

        for (int i = 0; i < program.Descriptors.Count; i++)
        {
            yield return (program.Descriptors[i], FirstDescriptor + i);
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new LibcException("posix_spawn", error);
        }
    }

    private static int CopyAway(int descriptor, int least)
    {
        int copy = LibC.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, least);
        if (copy >= 0)
        {
            return copy;
        }

        // EINVAL: the limit of open files is below the number asked for.
        int errno = Marshal.GetLastPInvokeError();
        throw new LibcException("cannot copy a descriptor", errno == LibC.EINVAL ? LibC.EMFILE : errno);
    }

    private static unsafe void ResetSignals(byte* attributes, ChildProgram program)
    {
        sigset_t signals;
        _ = LibC.sigfillset(&signals);
        Check(Libc.posix_spawnattr_setsigdefault(attributes, &signals));
        signals = HeldSignals.Set(program.HeldBack);
        Check(Libc.posix_spawnattr_setsigmask(attributes, &signals));
        short flags = Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK;
        Check(Libc.posix_spawnattr_setflags(attributes, program.NewSession ? (short)(flags | Libc.POSIX_SPAWN_SETSID) : flags));
    }

    private static unsafe int Spawn(ChildProgram program, byte* actions, byte* attributes)
    {
        using CStrings arguments = new(program.Arguments, Encoding.UTF8);
        using CStrings environment = new(program.Environment, Encoding.Latin1);
        using CStrings path = new([program.Path], Encoding.UTF8);
        int error = Libc.posix_spawn(
            out int pid, path.Pointers[0], actions, attributes, arguments.Pointers, environment.Pointers);
        return error == 0 ? pid : throw new LibcException($"cannot start {program.Path}", error);
    }
}
