// A thread of the daemon, of the server or of the clients' program.
namespace Authd.Bench.Simulation.Model;

/// <summary>Does one thing after the other, and sleeps when there is nothing to do.</summary>
/// <param name="agenda">The clock.</param>
/// <param name="processors">Where it runs.</param>
/// <param name="wake">The cost of waking it.</param>
internal sealed class SimulatedThread(Agenda agenda, Processors processors, WakeCost wake)
{
    private readonly Queue<(double Work, Action Done)> _jobs = [];
    private bool _isBusy;

    /// <summary>How often it has been woken.</summary>
    internal long Wakes { get; private set; }

    /// <summary>Jobs that wait or are under way.</summary>
    internal int Load => _jobs.Count + (_isBusy ? 1 : 0);

    /// <summary>Gives it something to do.</summary>
    /// <param name="work">Processor time, microseconds.</param>
    /// <param name="done">Is called at the end, by the thread: what it gives the same thread to do wakes nobody.</param>
    internal void Do(double work, Action done)
    {
        _jobs.Enqueue((work, done));
        if (_isBusy)
        {
            return;
        }

        _isBusy = true;
        Wakes++;
        if (wake.Delay > 0)
        {
            agenda.At(agenda.Now + wake.Delay, () => Next(wake.Work));
        }
        else
        {
            Next(wake.Work);
        }
    }

    private void Next(double extra)
    {
        (double work, Action done) = _jobs.Dequeue();
        processors.Work(extra + work, () =>
        {
            done();
            if (_jobs.Count > 0)
            {
                Next(0);
            }
            else
            {
                _isBusy = false;
            }
        });
    }
}

/// <summary>The cost of waking a thread, microseconds.</summary>
/// <param name="Work">Processor time: the kernel's, and what the thread does once before the first job.</param>
/// <param name="Delay">Time in which nobody works.</param>
internal readonly record struct WakeCost(double Work, double Delay);
