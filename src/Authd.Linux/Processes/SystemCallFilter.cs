using System.Runtime.InteropServices;
using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>
/// A seccomp filter for workers: it forbids the system calls that attacks on the kernel or on other processes need and servers do
/// not. It lists forbidden calls rather than allowed ones, because .NET, glibc, NSS modules and database libraries may use any
/// other in some version, and a forgotten call must not end a worker.
/// </summary>
internal static unsafe class SystemCallFilter
{
    private const ushort Load = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private const ushort JumpIfAnyBit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    // Offsets in struct seccomp_data; the first argument's lower half.
    private const uint Number = 0;
    private const uint Architecture = 4;
    private const uint FirstArgument = 16;

    private const uint Allow = 0x7fff0000;
    private const uint Deny = 0x00050000 | 1; // SECCOMP_RET_ERRNO, EPERM
    private const uint Missing = 0x00050000 | 38; // ENOSYS

    /// <summary>The first number of the calls of x86-64's x32 ABI.</summary>
    private const uint X32 = 0x40000000;

    /// <summary>CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.</summary>
    private const uint NewNamespaces = 0x7E020000;

    // The same on all architectures: pidfd_getfd, io_uring_setup, _enter and _register, open_tree, move_mount, fsopen, fsconfig,
    // fsmount, fspick, mount_setattr.
    private static readonly uint[] Recent = [438, 425, 426, 427, 428, 429, 430, 431, 432, 433, 442];

    private const uint Clone3 = 435;

    /// <summary>The system call numbers of an architecture.</summary>
    /// <param name="Audit">AUDIT_ARCH_...</param>
    /// <param name="Seccomp">seccomp(2).</param>
    /// <param name="Fork">clone(2).</param>
    /// <param name="Unshare">unshare(2).</param>
    /// <param name="Execute">execve and execveat.</param>
    /// <param name="Forbidden">The calls that are always forbidden.</param>
    private sealed record Numbers(uint Audit, int Seccomp, uint Fork, uint Unshare, uint[] Execute, uint[] Forbidden);

    // In this order: ptrace, process_vm_readv, process_vm_writev, mount, umount2, pivot_root, chroot, kexec_load, kexec_file_load,
    // init_module, finit_module, delete_module, bpf, perf_event_open, add_key, request_key, keyctl, userfaultfd, setns, reboot,
    // swapon, swapoff, acct, open_by_handle_at, personality; x86-64 also iopl, ioperm, modify_ldt.
    private static readonly Numbers X64 = new(
        0xC000003E, 317, 56, 272, [59, 322],
        [
            101, 310, 311, 165, 166, 155, 161, 246, 320, 175, 313, 176, 321, 298, 248, 249, 250, 323, 308, 169, 167, 168, 163, 304,
            135, 172, 173, 154,
        ]);

    private static readonly Numbers Arm64 = new(
        0xC00000B7, 277, 220, 97, [221, 281],
        [
            117, 270, 271, 40, 39, 41, 51, 104, 294, 105, 273, 106, 280, 241, 217, 218, 219, 282, 268, 142, 224, 225, 89, 265, 92,
        ]);

    /// <summary>Installs the filter for all threads.</summary>
    /// <returns>The reason why it could not be installed; <c>null</c>: it is installed.</returns>
    internal static string? Install(bool startsPrograms)
    {
        if (OfThisMachine() is not { } numbers)
        {
            return $"none for {RuntimeInformation.ProcessArchitecture}";
        }

        Libc.SockFilter[] program = [.. Program(numbers, startsPrograms)];
        fixed (Libc.SockFilter* first = program)
        {
            Libc.SockFprog filter = new() { Length = (ushort)program.Length, Filter = first };
            const nint all = Libc.SECCOMP_FILTER_FLAG_TSYNC | Libc.SECCOMP_FILTER_FLAG_SPEC_ALLOW;
            nint result = Libc.syscall3(numbers.Seccomp, Libc.SECCOMP_SET_MODE_FILTER, all, (nint)(&filter));
            return result == 0 ? null
                : result > 0 ? $"thread {result} has another one"
                : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        }
    }

    private static Numbers? OfThisMachine() => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => X64,
        System.Runtime.InteropServices.Architecture.Arm64 => Arm64,
        _ => null,
    };

    private static IEnumerable<Libc.SockFilter> Program(Numbers numbers, bool startsPrograms)
    {
        yield return new(Load, Architecture);
        yield return new(JumpIfEqual, numbers.Audit, 1, 0);
        yield return new(Return, Deny);
        yield return new(Load, Number);
        if (numbers == X64)
        {
            yield return new(JumpIfAtLeast, X32, 0, 1);
            yield return new(Return, Deny);
        }

        foreach (uint call in numbers.Forbidden.Concat(Recent).Concat(startsPrograms ? [] : numbers.Execute))
        {
            yield return new(JumpIfEqual, call, 0, 1);
            yield return new(Return, Deny);
        }

        // clone3's flags are in memory, where a filter cannot look; glibc falls back to clone when clone3 is missing.
        yield return new(JumpIfEqual, Clone3, 0, 1);
        yield return new(Return, Missing);

        // Threads and CLONE_FS are allowed, namespaces are not.
        yield return new(JumpIfEqual, numbers.Fork, 2, 0);
        yield return new(JumpIfEqual, numbers.Unshare, 1, 0);
        yield return new(Return, Allow);
        yield return new(Load, FirstArgument);
        yield return new(JumpIfAnyBit, NewNamespaces, 0, 1);
        yield return new(Return, Deny);
        yield return new(Return, Allow);
    }
}
