// The simulation's clock: what happens when.
namespace Authd.Bench.Simulation.Model;

/// <summary>Events in the order of their times, in microseconds of simulated time; those of one moment in the order of their entry.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (double Time, long Order)> _events = new();
    private long _order;

    /// <summary>The moment of the event that is happening.</summary>
    internal double Now { get; private set; }

    /// <summary>Has something happen at <paramref name="time"/>.</summary>
    internal void At(double time, Action action) => _events.Enqueue(action, (time, _order++));

    /// <summary>Lets everything happen that is due until then.</summary>
    internal void Run(double until)
    {
        while (_events.TryPeek(out Action? action, out (double Time, long Order) next) && next.Time <= until)
        {
            _events.Dequeue();
            Now = next.Time;
            action();
        }

        Now = until;
    }
}
