// What a value means and what is aimed at.
namespace Authd.Bench.Measure;

/// <summary>One line of the report.</summary>
/// <param name="Section">The report's section that it belongs to.</param>
/// <param name="What">What is measured, e.g. <c>userdb lookups, 16 clients</c>.</param>
/// <param name="Unit">Unit of the values, e.g. <c>/s</c>.</param>
/// <param name="Target">What is aimed at; null when nothing is.</param>
/// <param name="Plot">Where it is drawn; null when it is not.</param>
internal sealed record Metric(Section Section, string What, string Unit, Target? Target = null, PlotPoint? Plot = null);

/// <summary>A pair of bars: in which panel, over which label.</summary>
internal sealed record PlotPoint(Panel Panel, string Category);

/// <summary>One set of axes in one of the report's pictures.</summary>
/// <param name="File">The picture's file name; panels of one file stand below each other.</param>
/// <param name="Title">What the bars show, with the unit.</param>
/// <param name="CategoryTitle">What the labels below the bars are.</param>
internal sealed record Panel(string File, string Title, string CategoryTitle);

/// <summary>The report's sections, in order.</summary>
internal enum Section
{
    /// <summary>Requests a second.</summary>
    Throughput,

    /// <summary>Median and 99th percentile of a request's time.</summary>
    Latency,

    /// <summary>CPU time a request.</summary>
    Cpu,

    /// <summary>What silent clients do to others.</summary>
    SilentClients,

    /// <summary>What slow hashes of others do to lookups.</summary>
    SlowHashes,

    /// <summary>Memory and size.</summary>
    Memory,

    /// <summary>Time from start to the first reply.</summary>
    Start,

    /// <summary>How long programs beside the daemon take.</summary>
    Tools,
}
