// The benchmark's entry point.
using System.Diagnostics;
using Authd.Bench.Load;
using Authd.Bench.Scenarios;
if (args[0] == "lines") { File.WriteAllLines(args[1], BenchAccount.All.Select(a => a.UserdbLine)); return 0; }
Exchange[] x = [.. BenchAccount.All.Select(a => a.Lookup(false))];
new Random(1).Shuffle(x);
using var gen = new LoadGenerator(args[0], x);
foreach (int c in new[] {1,4,16,64}) {
  gen.Run(c, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(3));
  var p0 = Process.GetCurrentProcess().TotalProcessorTime;
  var r = gen.Run(c, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
  var cpu = (Process.GetCurrentProcess().TotalProcessorTime - p0).TotalMicroseconds / Math.Max(1, r.Right);
  Console.WriteLine($"{c}: {r.PerSecond:F0}/s wrong {r.Wrong} p50 {r.Percentile(.5).TotalMicroseconds:F1} p99 {r.Percentile(.99).TotalMicroseconds:F1} gen cpu {cpu:F1} us");
}
return 0;
