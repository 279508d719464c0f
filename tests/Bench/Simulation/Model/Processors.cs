// A machine's processors, shared by the threads that have something to do.
namespace Authd.Bench.Simulation.Model;

/// <summary>
/// While there are more busy threads than processors, all of them advance at the same fraction of their speed. The kernel's turns are
/// longer, but equal in the mean.
/// </summary>
/// <param name="agenda">The clock.</param>
/// <param name="count">How many processors.</param>
/// <param name="yield">The share of their time that remains when more threads are busy than there are processors: the kernel has a thread
/// wait for one processor though another has just become free, caches are cold.</param>
internal sealed class Processors(Agenda agenda, int count, double yield = 1)
{
    // By the amount of work that each thread, had it been busy all the time, would have done when a piece of work ends.
    private readonly PriorityQueue<Action, double> _running = new();
    private double _done;
    private double _since;
    private int _plan;

    private double Speed => _running.Count <= count ? 1 : count * yield / _running.Count;

    /// <summary>Works for a thread.</summary>
    /// <param name="work">Processor time, microseconds.</param>
    /// <param name="done">Is called at the end.</param>
    internal void Work(double work, Action done)
    {
        Advance();
        _running.Enqueue(done, _done + work);
        Plan();
    }

    private void Advance()
    {
        _done += (agenda.Now - _since) * Speed;
        _since = agenda.Now;
    }

    /// <summary>Plans the next end; an earlier plan is void.</summary>
    private void Plan()
    {
        int plan = ++_plan;
        if (_running.TryPeek(out _, out double end))
        {
            agenda.At(agenda.Now + (Math.Max(0, end - _done) / Speed), () => End(plan));
        }
    }

    private void End(int plan)
    {
        if (plan != _plan)
        {
            return;
        }

        Advance();
        Action done = _running.Dequeue();
        Plan();
        done();
    }
}
