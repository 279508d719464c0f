// The benchmark: Debian's C daemon and this repository's side by side, as a table and as pictures.
using System.Globalization;
using Authd.Bench;
using Authd.Bench.Measure;
using Authd.Bench.Report;
using Authd.Bench.Scenarios;
using Authd.Bench.Simulation;

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
Scenario[] scenarios = [.. ScenarioList.All.Where(scenario => options.Only is null || scenario.Name == options.Only)];
if (scenarios.Length == 0)
{
    Console.Error.WriteLine($"no such scenario; there are: {string.Join(' ', ScenarioList.All.Select(s => s.Name))}");
    return 2;
}
try
{
    return options.Simulates ? await SimulateAsync(options) : await RunAsync(options, scenarios);
}
catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
{
    // By now every daemon and the database server have been stopped.
    Console.Error.WriteLine(e.Message);
    return 1;
}

static async Task<int> RunAsync(Options options, Scenario[] scenarios)
{
    await using Testbed testbed = await Testbed.CreateAsync();
    Runner runner = new(testbed, options.Effort);
    List<Comparison> comparisons = [];
    foreach (Scenario scenario in scenarios)
    {
        Console.Error.WriteLine($"{DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {scenario.Name}");
        comparisons.AddRange(await runner.CompareAsync(scenario));
    }
    string report = await ResultPage.RenderAsync(testbed, options.Effort, comparisons, runner.Wrong);
    Console.WriteLine(report);
    if (options.Output is { } directory)
    {
        Save(directory, report, comparisons);
    }
    return runner.Wrong == 0 ? 0 : 1;
}

static async Task<int> SimulateAsync(Options options)
{
    await using Testbed testbed = await Testbed.CreateAsync(countsStatements: true);
    IReadOnlyDictionary<string, string> tables = await new ScalingTables(testbed, options.Effort).MeasureAsync();
    string? file = options.Output is { } directory ? Path.Combine(directory, "SCALING.md") : null;
    string document = file is null ? "" : await File.ReadAllTextAsync(file);
    foreach ((string name, string table) in tables)
    {
        Console.WriteLine($"{name}\n\n{table}");
        document = file is null ? "" : MarkedText.Replace(document, name, table);
    }
    if (file is not null)
    {
        await File.WriteAllTextAsync(file, document);
    }
    return 0;
}

static void Save(string directory, string report, List<Comparison> comparisons)
{
    Directory.CreateDirectory(directory);
    File.WriteAllText(Path.Combine(directory, "results.md"), report);
    foreach ((string file, string svg) in Picture.Draw(comparisons))
    {
        File.WriteAllText(Path.Combine(directory, file), svg);
    }
}
