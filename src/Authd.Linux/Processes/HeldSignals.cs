using System.Text;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>
/// SIGHUP, SIGINT and SIGTERM as a descriptor (signalfd(2)). Signals wait until the program listens; none is lost or deadly
/// before. .NET's own way starts a thread for each signal and ends the process when no thread can be started. Here, a supervisor
/// that is out of processes still reloads and stops.
/// </summary>
public sealed unsafe class HeldSignals : IDisposable
{
    /// <summary>Reload.</summary>
    public const int SigHup = 1;

    /// <summary>Stop, from a terminal.</summary>
    public const int SigInt = 2;

    /// <summary>Stop.</summary>
    public const int SigTerm = 15;

    private const int RecordSize = 128; // struct signalfd_siginfo

    /// <summary>The signals held.</summary>
    public static IReadOnlyList<int> All { get; } = [SigHup, SigInt, SigTerm];

    private HeldSignals(int descriptor) => Descriptor = descriptor;

    /// <summary>Becomes readable when a signal arrives.</summary>
    public int Descriptor { get; }

    /// <summary>
    /// A supervisor calls this first. The runtime already has threads that block no signal, and a signal goes to any thread that
    /// takes it; so this program executes itself again with the signals blocked for all threads to come.
    /// </summary>
    public static void HoldBack()
    {
        sigset_t wanted = Set(All);
        sigset_t before;
        _ = Libc.pthread_sigmask(Libc.SIG_BLOCK, &wanted, &before);
        int held = 0;
        foreach (int number in All)
        {
            held += Libc.sigismember(&before, number);
        }

        if (held == All.Count)
        {
            return; // Started this way by `authdaemond start`, or by this method.
        }

        // Started through /proc/self/exe, the process would be called "exe" in ps and pgrep.
        string program = Environment.ProcessPath is { } own && File.Exists(own) ? own : "/proc/self/exe";
        using CStrings path = new([program], Encoding.UTF8);
        using CStrings arguments = new(Environment.GetCommandLineArgs(), Encoding.UTF8);
        // execv returns only when it fails; a signal in the first milliseconds may then end this process.
        _ = Libc.execv(path.Pointers[0], arguments.Pointers);
    }

    /// <summary>Listens for the signals that <see cref="HoldBack"/> has blocked.</summary>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public static HeldSignals Listen()
    {
        sigset_t wanted = Set(All);
        _ = Libc.pthread_sigmask(Libc.SIG_BLOCK, &wanted, null);
        // A write to a closed stderr or to a worker that has ended is an error to handle, not the end of this process.
        Libc.signal(Libc.SIGPIPE, Libc.SIG_IGN);
        int descriptor = Libc.signalfd(-1, &wanted, Libc.SFD_NONBLOCK | Libc.SFD_CLOEXEC);
        return descriptor >= 0 ? new HeldSignals(descriptor) : throw LibcException.Last("signalfd");
    }

    /// <summary>The number of the next signal received, or 0.</summary>
    public int Next()
    {
        byte* record = stackalloc byte[RecordSize];
        return (nint)LibC.read(Descriptor, record, RecordSize) == RecordSize ? *(int*)record : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptors.Close(Descriptor);

    internal static sigset_t Set(IEnumerable<int> numbers)
    {
        sigset_t set;
        _ = LibC.sigemptyset(&set);
        foreach (int number in numbers)
        {
            _ = Libc.sigaddset(&set, number);
        }

        return set;
    }
}
