// Runs scenarios. The daemons take turns, so that disturbances of the machine affect both.
using Authd.Bench.Measure;
using Authd.Bench.Scenarios;

namespace Authd.Bench;

/// <summary>Measures and compares.</summary>
internal sealed class Runner(Testbed testbed, Effort effort)
{
    /// <summary>The number of wrong replies so far.</summary>
    internal int Wrong { get; private set; }

    /// <summary>Runs a scenario's rounds; one comparison for each of its metrics.</summary>
    internal async Task<IEnumerable<Comparison>> CompareAsync(Scenario scenario)
    {
        List<Reading[]> c = [];
        List<Reading[]> ours = [];
        List<Reading[]> dovecot = [];
        for (int round = 0; round < scenario.Rounds(effort); round++)
        {
            c.Add(await MeasureAsync(scenario, Contender.C));
            ours.Add(await MeasureAsync(scenario, Contender.Ours));
            if (scenario.IsForDovecot)
            {
                dovecot.Add(await MeasureAsync(scenario, Contender.Dovecot));
            }
        }
        return scenario.Metrics.Select((metric, index) => new Comparison(
            metric, Column(c, index), Column(ours, index), dovecot.Count > 0 ? Column(dovecot, index) : null));
    }

    private static Sample Column(List<Reading[]> rounds, int index) => new([.. rounds.Select(round => round[index])]);

    private async Task<Reading[]> MeasureAsync(Scenario scenario, Contender contender)
    {
        Scenario.Outcome outcome = await scenario.MeasureAsync(testbed, contender, effort);
        if (outcome.Wrong > 0)
        {
            Wrong += outcome.Wrong;
            Console.Error.WriteLine($"{scenario.Name}: {outcome.Wrong} wrong or missing replies from {contender.Name}");
        }
        return outcome.Readings;
    }
}
