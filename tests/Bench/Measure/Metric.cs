namespace Authd.Bench.Measure;

/// <summary>One line of the report: the meaning of its values, and their target.</summary>
/// <param name="Section">The report's section that it belongs to.</param>
/// <param name="What">The measured quantity, e.g. <c>userdb lookups, 16 clients</c>.</param>
/// <param name="Unit">Unit of the values, e.g. <c>/s</c>.</param>
/// <param name="Target">The target; null: none.</param>
/// <param name="Plot">Its place in a picture; null: none.</param>
internal sealed record Metric(Section Section, string What, string Unit, Target? Target = null, PlotPoint? Plot = null);

/// <summary>The place of a pair of bars: its panel and its label.</summary>
internal sealed record PlotPoint(Panel Panel, string Category);

/// <summary>One set of axes in one of the report's pictures.</summary>
/// <param name="File">The picture's file name; panels of one file are below each other.</param>
/// <param name="Title">The quantity of the bars, with the unit.</param>
/// <param name="CategoryTitle">The meaning of the labels below the bars.</param>
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

    /// <summary>The effect of silent clients on others.</summary>
    SilentClients,

    /// <summary>The effect of slow hashes of others on lookups.</summary>
    SlowHashes,

    /// <summary>Memory and size.</summary>
    Memory,

    /// <summary>Time from start to the first reply.</summary>
    Start,

    /// <summary>The duration of programs beside the daemon.</summary>
    Tools,
}
