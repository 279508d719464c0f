// Takes a loop over from a thread that is kept in a call.
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// A call that nearly always returns within microseconds costs more in switches of threads than it takes itself, so the
/// loop's own thread makes it. While such calls come, a second thread looks every few milliseconds whether it is still the
/// same one; then the loop goes on in that second thread. No call ends twice: whoever takes its number off, thread or
/// watcher, owns the loop.
/// </summary>
/// <param name="loop">The loop, on the thread that takes over.</param>
internal sealed class LoopRelief(Action loop) : IDisposable
{
    /// <summary>A call is relieved when it has been seen twice: after one to two of these, microseconds.</summary>
    private const uint Period = 2000;

    /// <summary>Looks without any new call until the watcher sleeps.</summary>
    private const int QuietLooks = 5;

    private readonly object _sync = new();
    private long _calls;
    private long _underWay;
    private bool _watched;
    private volatile bool _asleep;
    private volatile bool _ended;

    /// <summary>A call begins, on the loop's thread. Gives its number.</summary>
    internal long Begin()
    {
        long call = ++_calls;
        Interlocked.Exchange(ref _underWay, call);
        if (!_watched)
        {
            StartWatch();
        }
        else if (_asleep)
        {
            WakeUp();
        }

        return call;
    }

    /// <summary>The call is over; false: another thread has the loop now.</summary>
    internal bool TryEnd(long call) => Interlocked.CompareExchange(ref _underWay, 0, call) == call;

    public void Dispose()
    {
        _ended = true;
        WakeUp();
    }

    private void StartWatch()
    {
        try
        {
            _watched = true;
            new Thread(Watch) { Name = "relief", IsBackground = true }.Start();
        }
        catch (OutOfMemoryException)
        {
            _watched = false; // No thread to be had: the call is made all the same, and the next one tries again.
        }
    }

    private void WakeUp()
    {
        lock (_sync)
        {
            _asleep = false;
            Monitor.Pulse(_sync);
        }
    }

    private void Watch()
    {
        long seen = 0;
        int quiet = 0;
        while (!_ended)
        {
            // One system call; Thread.Sleep makes three.
            _ = LibC.usleep(Period);
            long last = Volatile.Read(ref _calls);
            long call = Volatile.Read(ref _underWay);
            if (call != 0 && call == seen && TryEnd(call))
            {
                _watched = false;
                loop();
                return;
            }

            quiet = call == 0 && last == seen ? quiet + 1 : 0;
            seen = last;
            if (quiet > QuietLooks)
            {
                Sleep(last);
            }
        }
    }

    private void Sleep(long last)
    {
        lock (_sync)
        {
            _asleep = true;
            Interlocked.MemoryBarrier();
            while (_asleep && !_ended && Volatile.Read(ref _calls) == last)
            {
                Monitor.Wait(_sync);
            }

            _asleep = false;
        }
    }
}
