// The benchmark's model of the daemon, against what queueing theory knows exactly.
using Authd.Bench.Simulation;
using Authd.Bench.Simulation.Model;
using Xunit;

namespace Authd.Tests.Unit.Bench;

public sealed class SimulationTests
{
    private const int Jobs = 100_000;
    private const double Mean = 10;
    private static readonly WakeCost Nothing = new(0, 0);

    /// <summary>Poisson arrivals, exponential times, one thread: M/M/1, whose mean time is s / (1 - rho).</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(0.85)]
    public void One_thread_is_M_M_1(double load) => AssertNear(Mean / (1 - load), Open(load / Mean, Threads(1, processors: 4)), 0.05);

    /// <summary>
    /// More busy threads than processors share them. With exponential times their number is that of M/M/c, and by Little's law so is the
    /// mean time: Erlang's C formula.
    /// </summary>
    [Theory]
    [InlineData(2, 0.6)]
    [InlineData(4, 0.8)]
    public void Shared_processors_are_M_M_c(int processors, double load)
    {
        double rate = load * processors / Mean;
        AssertNear(Mean + (ErlangC(processors, load) * Mean / (processors * (1 - load))), Open(rate, Threads(60, processors)), 0.05);
    }

    /// <summary>Clients between two threads with exponential times: mean value analysis gives n / (n + 1) / s.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Two_threads_in_a_circle_have_the_rate_of_mean_value_analysis(int clients)
    {
        Agenda agenda = new();
        Processors processors = new(agenda, 2);
        SimulatedThread[] threads = [new(agenda, processors, Nothing), new(agenda, processors, Nothing)];
        Random random = new(1);
        long rounds = 0;
        for (int client = 0; client < clients; client++)
        {
            Go();
        }

        agenda.Run(Jobs * Mean);
        AssertNear(clients / (clients + 1.0) / Mean, rounds / agenda.Now, 0.02);

        void Go() => threads[0].Do(Exponential(random, Mean), () => threads[1].Do(Exponential(random, Mean), () =>
        {
            rounds++;
            Go();
        }));
    }

    [Fact]
    public void A_thread_that_sleeps_costs_its_waking_and_one_at_work_does_not()
    {
        Agenda agenda = new();
        SimulatedThread thread = new(agenda, new Processors(agenda, 1), new WakeCost(Work: 5, Delay: 2));
        List<double> ends = [];
        thread.Do(10, () => ends.Add(agenda.Now));
        thread.Do(10, () => ends.Add(agenda.Now));
        agenda.At(100, () => thread.Do(10, () => ends.Add(agenda.Now)));
        agenda.Run(1000);
        Assert.Equal([17, 27, 117], ends);
        Assert.Equal(2, thread.Wakes);
    }

    [Fact]
    public void Three_busy_threads_on_two_processors_take_half_as_long_again()
    {
        Agenda agenda = new();
        Processors processors = new(agenda, 2);
        List<double> ends = [];
        for (int i = 0; i < 3; i++)
        {
            processors.Work(20, () => ends.Add(agenda.Now));
        }

        agenda.Run(1000);
        Assert.All(ends, static end => Assert.Equal(30, end, 1e-9));
        Assert.Equal(3, ends.Count);
    }

    [Fact]
    public void One_client_waits_for_all_parts_one_after_the_other()
    {
        ModelCosts costs = new(new PartCost(5, 1), new PartCost(20, 2), new PartCost(30, 3), WakeDelay: 4);

        // Four are woken: the worker twice, the server, the clients.
        AssertNear(5 + 1 + 20 + (2 * 2) + 30 + 3 + (4 * 4), DaemonModel.Run(costs, new ModelSite(4, 1), clients: 1).Latency, 0.02);
        AssertNear(
            5 + 1 + 20 + (2 * 2) + 30 + 3 + (4 * 4) + 500,
            DaemonModel.Run(costs, new ModelSite(4, 1, ServerProcessors: 1, RoundTrip: 500), clients: 1).Latency,
            0.02);
    }

    [Fact]
    public void Many_clients_get_what_the_slowest_part_can_do()
    {
        ModelCosts local = new(new PartCost(5, 1), new PartCost(20, 10), null, WakeDelay: 4);
        ModelResult result = DaemonModel.Run(local, new ModelSite(2, 1), clients: 64);
        AssertNear(50_000, result.PerSecond, 0.03);
        AssertNear(64 / result.PerSecond * 1e6, result.Latency, 0.03);
        AssertNear(100_000, DaemonModel.Run(local, new ModelSite(8, 2), clients: 64).PerSecond, 0.03);
    }

    [Fact]
    public void Lookups_that_wait_travel_together()
    {
        ModelCosts costs = new(new PartCost(5, 1), new PartCost(20, 2), new PartCost(10, 3), WakeDelay: 4);
        ModelSite far = new(4, 1, ServerProcessors: 2, RoundTrip: 2000);
        double one = DaemonModel.Run(costs, far, clients: 1, requests: 2000).PerSecond;
        Assert.True(DaemonModel.Run(costs, far, clients: 64).PerSecond > 20 * one);
    }

    [Fact]
    public void The_costs_are_found_again_from_two_loads()
    {
        ModelCosts real = new(new PartCost(8, 6), new PartCost(30, 15), new PartCost(20, 25), WakeDelay: 3, Yield: 0.9);
        ModelSite site = new(2, 1);
        ModelResult single = DaemonModel.Run(real, site, clients: 1);
        ModelResult many = DaemonModel.Run(real, site, clients: 64);
        ModelCosts fitted = Calibration.Fit(Load(1, single), Load(64, many), site);
        foreach (int clients in new[] { 4, 16, 32 })
        {
            AssertNear(DaemonModel.Run(real, site, clients).PerSecond, DaemonModel.Run(fitted, site, clients).PerSecond, 0.05);
        }

        MeasuredLoad Load(int clients, ModelResult result) => new(clients, result.PerSecond, result.Latency, new LoadCost(
            8 + (6 * result.ClientWakes), 30 + (15 * result.WorkerWakes), 20 + (25 * result.ServerWakes)));
    }

    [Fact]
    public void A_marked_part_of_a_document_is_replaced_and_one_without_marks_is_an_error()
    {
        const string document = "a\n<!-- begin t -->\nold\n<!-- end t -->\nb\n";
        Assert.Equal("a\n<!-- begin t -->\nnew\n<!-- end t -->\nb\n", MarkedText.Replace(document, "t", "new\n"));
        Assert.Throws<InvalidOperationException>(() => MarkedText.Replace(document, "u", "new\n"));
    }

    private static double Open(double rate, Func<Agenda, Func<Action<double, Action>>> make)
    {
        Agenda agenda = new();
        Func<Action<double, Action>> next = make(agenda);
        Random random = new(1);
        double total = 0;
        long ended = 0;
        Arrive();
        agenda.Run(Jobs / rate);
        return total / ended;

        void Arrive()
        {
            double came = agenda.Now;
            next()(Exponential(random, Mean), () =>
            {
                total += agenda.Now - came;
                ended++;
            });
            agenda.At(agenda.Now + Exponential(random, 1 / rate), Arrive);
        }
    }

    /// <summary>Gives each job to the thread that has least to do.</summary>
    private static Func<Agenda, Func<Action<double, Action>>> Threads(int count, int processors) => agenda =>
    {
        Processors shared = new(agenda, processors);
        SimulatedThread[] threads = [.. Enumerable.Range(0, count).Select(_ => new SimulatedThread(agenda, shared, Nothing))];
        return () => threads.MinBy(static thread => thread.Load)!.Do;
    };

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    /// <summary>The share of arrivals that have to wait.</summary>
    private static double ErlangC(int servers, double load)
    {
        double offered = servers * load, term = 1, sum = 0;
        for (int i = 0; i < servers; i++)
        {
            sum += term;
            term *= offered / (i + 1);
        }

        double waiting = term / (1 - load);
        return waiting / (sum + waiting);
    }

    private static void AssertNear(double wanted, double found, double share) =>
        Assert.True(Math.Abs((found / wanted) - 1) <= share, $"{found} instead of {wanted}");
}
