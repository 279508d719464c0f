// The daemon as a queueing network: clients, workers, connections, a server, and the processors under them.
namespace Authd.Bench.Simulation.Model;

/// <summary>The cost of a part, microseconds of processor time.</summary>
/// <param name="Request">For each request.</param>
/// <param name="Wake">For each time that its thread has to be woken.</param>
internal readonly record struct PartCost(double Request, double Wake);

/// <summary>All that is measured.</summary>
/// <param name="Clients">The program that asks: one thread for all clients.</param>
/// <param name="Worker">A worker's events thread.</param>
/// <param name="Server">One of the server's threads; <c>null</c>: the worker answers alone.</param>
/// <param name="WakeDelay">From an event until the thread that it wakes runs.</param>
/// <param name="Yield">As for <see cref="Processors"/>.</param>
internal sealed record ModelCosts(PartCost Clients, PartCost Worker, PartCost? Server, double WakeDelay, double Yield = 1);

/// <summary>Where all that runs.</summary>
/// <param name="Processors">Of the machine that clients and workers share.</param>
/// <param name="Workers">Workers that accept.</param>
/// <param name="ServerProcessors">0: the server shares the machine, too; else it has one of its own with so many processors.</param>
/// <param name="RoundTrip">Of the network between them, microseconds.</param>
/// <param name="Connections">Of each worker to the server.</param>
internal sealed record ModelSite(int Processors, int Workers, int ServerProcessors = 0, double RoundTrip = 0, int Connections = 1);

/// <summary>The simulation's result.</summary>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="Latency">Mean time of a request, microseconds.</param>
/// <param name="ClientWakes">How often the clients' thread was woken, for each request.</param>
/// <param name="WorkerWakes">The same of the workers.</param>
/// <param name="ServerWakes">The same of the server's threads.</param>
internal sealed record ModelResult(double PerSecond, double Latency, double ClientWakes, double WorkerWakes, double ServerWakes);

/// <summary>
/// Clients that ask again as soon as they are answered. A worker takes requests and answers in the order of their coming. With a
/// server, it has connections. All lookups that have come while these were busy travel together, as in the daemon, and to a near
/// server those that come in one turn of the worker's events.
/// </summary>
internal sealed class DaemonModel
{
    private const double Second = 1e6;

    /// <summary>A round trip in microseconds from which on the daemon gathers no lookups (<c>RoundTrips.Quick</c>).</summary>
    private const double Far = 1000;

    private readonly Agenda _agenda = new();
    private readonly ModelCosts _costs;
    private readonly ModelSite _site;
    private readonly Random _random;
    private readonly SimulatedThread _clients;
    private readonly Worker[] _workers;
    private double _measuredFrom = double.MaxValue;
    private double _latency;
    private long _answered;

    private DaemonModel(ModelCosts costs, ModelSite site, int seed)
    {
        (_costs, _site, _random) = (costs, site, new Random(seed));
        Processors machine = new(_agenda, site.Processors, costs.Yield);
        Processors server = site.ServerProcessors == 0 ? machine : new Processors(_agenda, site.ServerProcessors, costs.Yield);
        _clients = Thread(machine, costs.Clients);
        _workers = [.. Enumerable.Range(0, site.Workers).Select(_ => new Worker(
            Thread(machine, costs.Worker),
            costs.Server is { } each ? [.. Enumerable.Range(0, site.Connections).Select(_ => new Connection(Thread(server, each)))] : []))];
    }

    /// <summary>Runs it.</summary>
    /// <param name="costs">The measured costs.</param>
    /// <param name="site">Where.</param>
    /// <param name="clients">How many ask.</param>
    /// <param name="requests">After how many answers to stop.</param>
    /// <param name="seed">Of the variation of the times.</param>
    internal static ModelResult Run(ModelCosts costs, ModelSite site, int clients, int requests = 40_000, int seed = 1) =>
        new DaemonModel(costs, site, seed).Run(clients, requests);

    private ModelResult Run(int clients, int requests)
    {
        for (int client = 0; client < clients; client++)
        {
            Ask();
        }

        // The beginning, when all ask at once, is not what is wanted.
        RunUntil(requests / 10);
        (_measuredFrom, _answered, _latency) = (_agenda.Now, 0, 0);
        (long clientWakes, long workerWakes, long serverWakes) = Wakes();
        RunUntil(requests);
        (long clientWakesNow, long workerWakesNow, long serverWakesNow) = Wakes();
        double answered = _answered;
        return new ModelResult(
            answered / (_agenda.Now - _measuredFrom) * Second,
            _latency / answered,
            (clientWakesNow - clientWakes) / answered,
            (workerWakesNow - workerWakes) / answered,
            (serverWakesNow - serverWakes) / answered);
    }

    private void RunUntil(int answered)
    {
        while (_answered < answered)
        {
            _agenda.Run(_agenda.Now + (Second / 1000));
        }
    }

    private (long Clients, long Workers, long Server) Wakes() => (
        _clients.Wakes, _workers.Sum(static worker => worker.Thread.Wakes), _workers.Sum(static worker => worker.Connections.Sum(static connection => connection.Server.Wakes)));

    private SimulatedThread Thread(Processors processors, PartCost cost) =>
        new(_agenda, processors, new WakeCost(cost.Wake, _costs.WakeDelay));

    /// <summary>No two requests take the same time, and in step they would meet in ways that no machine shows.</summary>
    private double Vary(double work) => work * (0.5 + _random.NextDouble());

    private void Ask()
    {
        double asked = _agenda.Now;
        Worker worker = _workers.MinBy(static worker => worker.Thread.Load)!;
        Action answered = () => _clients.Do(Vary(_costs.Clients.Request), () =>
        {
            _latency += _agenda.Now - asked;
            _answered++;
            Ask();
        });
        if (_costs.Server is null)
        {
            worker.Thread.Do(Vary(_costs.Worker.Request), answered);
        }
        else
        {
            worker.Thread.Do(Vary(_costs.Worker.Request / 2), () =>
            {
                worker.Waiting.Enqueue(answered);
                Submit(worker);
            });
        }
    }

    /// <summary>Gives all that wait to a connection that has nothing under way, if there is one.</summary>
    private void Submit(Worker worker)
    {
        if (worker.IsGathering || Array.Find(worker.Connections, static connection => connection.UnderWay == 0) is not { } idle)
        {
            return;
        }

        if (_site.RoundTrip >= Far)
        {
            Depart(worker, idle);
            return;
        }

        // Behind what the worker has to do already.
        worker.IsGathering = true;
        worker.Thread.Do(0, () =>
        {
            worker.IsGathering = false;
            Depart(worker, idle);
        });
    }

    private void Depart(Worker worker, Connection connection)
    {
        for (connection.UnderWay += worker.Waiting.Count; worker.Waiting.TryDequeue(out Action? answered);)
        {
            Travel(() => connection.Server.Do(Vary(_costs.Server!.Value.Request), () => Travel(() => Receive(worker, connection, answered))));
        }
    }

    private void Receive(Worker worker, Connection connection, Action answered) => worker.Thread.Do(Vary(_costs.Worker.Request / 2), () =>
    {
        answered();
        if (--connection.UnderWay == 0 && !worker.IsGathering)
        {
            Depart(worker, connection);
        }
    });

    private void Travel(Action arrive)
    {
        if (_site.RoundTrip > 0)
        {
            _agenda.At(_agenda.Now + (_site.RoundTrip / 2), arrive);
        }
        else
        {
            arrive();
        }
    }

    /// <summary>A worker and its connections.</summary>
    private sealed class Worker(SimulatedThread thread, Connection[] connections)
    {
        internal SimulatedThread Thread => thread;

        internal Connection[] Connections => connections;

        internal Queue<Action> Waiting { get; } = [];

        /// <summary>A connection departs at the end of this turn.</summary>
        internal bool IsGathering { get; set; }
    }

    /// <summary>A connection, the server's thread at its end, and how many answers are due.</summary>
    private sealed class Connection(SimulatedThread server)
    {
        internal SimulatedThread Server => server;

        internal int UnderWay { get; set; }
    }
}
