using System.Runtime.InteropServices;
using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>
/// Acts as another user, on a thread that ends afterwards. On Linux each thread has its own ids; only glibc changes all threads
/// together. A thread that makes the system call itself changes alone and for good, so it ends when its work is done.
/// </summary>
public static unsafe class OtherUser
{
    private const int StackSize = 256 * 1024;

    /// <summary>Does <paramref name="work"/> as the user, and waits for its end.</summary>
    /// <param name="uid">The user.</param>
    /// <param name="gid">The user's group.</param>
    /// <param name="groups">All groups of the user.</param>
    /// <param name="work">Must not throw.</param>
    /// <exception cref="LibcException">This process may not change its user. Nothing was done.</exception>
    public static void Do(uint uid, uint gid, IReadOnlyList<uint> groups, Action work)
    {
        int failure = 0;
        Thread other = new(
            () =>
            {
                failure = Become(uid, gid, groups);
                if (failure == 0)
                {
                    work();
                }
            },
            StackSize)
        {
            IsBackground = true,
        };
        other.Start();
        other.Join();
        if (failure != 0)
        {
            throw new LibcException("cannot act as the workers' user", failure);
        }
    }

    /// <summary>0, or an errno.</summary>
    private static int Become(uint uid, uint gid, IReadOnlyList<uint> groups)
    {
        bool x64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        uint[] all = [.. groups];
        fixed (uint* first = all)
        {
            return Libc.syscall3(x64 ? 116 : 159, all.Length, (nint)first, 0) != 0 // setgroups
                || Libc.syscall3(x64 ? 119 : 149, (nint)gid, (nint)gid, (nint)gid) != 0 // setresgid
                || Libc.syscall3(x64 ? 117 : 147, (nint)uid, (nint)uid, (nint)uid) != 0 // setresuid
                ? Marshal.GetLastPInvokeError() : 0;
        }
    }
}
