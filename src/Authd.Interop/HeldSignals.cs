// Signals that wait until they are asked for: no handler, no thread, and none is lost or deadly before the program listens.
using System.Text;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// SIGHUP, SIGINT and SIGTERM as a descriptor (signalfd(2)). .NET's own way starts a thread for each signal, and ends the
/// process when there can be none; here a supervisor that is out of processes still reloads and stops.
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

    /// <summary>Becomes readable when a signal has come.</summary>
    public int Descriptor { get; }

    /// <summary>
    /// The first thing that a supervisor does. The runtime has threads already that hold nothing back, and a signal goes to
    /// any thread that takes it; so this program starts itself once more, with the signals held back for all threads to come.
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
            return; // Started like that by `authdaemond start`, or by ourselves.
        }

        // Through /proc/self/exe the process would be called "exe" in ps and to pgrep.
        string program = Environment.ProcessPath is { } own && File.Exists(own) ? own : "/proc/self/exe";
        using CStrings path = new([program], Encoding.UTF8);
        using CStrings arguments = new(Environment.GetCommandLineArgs(), Encoding.UTF8);
        // It returns only when it fails; then a signal in the first milliseconds may end this process, as it always could.
        _ = Libc.execv(path.Pointers[0], arguments.Pointers);
    }

    /// <summary>Listens to the signals that <see cref="HoldBack"/> has held back.</summary>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public static HeldSignals Listen()
    {
        sigset_t wanted = Set(All);
        _ = Libc.pthread_sigmask(Libc.SIG_BLOCK, &wanted, null);
        // A write to a stderr or a worker that is gone is an error to look at, and not the end of this process.
        Libc.signal(Libc.SIGPIPE, Libc.SIG_IGN);
        int descriptor = Libc.signalfd(-1, &wanted, Libc.SFD_NONBLOCK | Libc.SFD_CLOEXEC);
        return descriptor >= 0 ? new HeldSignals(descriptor) : throw LibcException.Last("signalfd");
    }

    /// <summary>The number of a signal that has come, or 0.</summary>
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
