// Tables in a document that a program writes.
namespace Authd.Bench.Simulation;

/// <summary>A part between the lines <c>&lt;!-- begin NAME --&gt;</c> and <c>&lt;!-- end NAME --&gt;</c>.</summary>
internal static class MarkedText
{
    /// <summary>Puts <paramref name="content"/> there.</summary>
    /// <exception cref="InvalidOperationException">The document has no such part.</exception>
    internal static string Replace(string document, string name, string content)
    {
        string begin = $"<!-- begin {name} -->\n";
        string end = $"<!-- end {name} -->\n";
        int from = document.IndexOf(begin, StringComparison.Ordinal);
        int to = document.IndexOf(end, StringComparison.Ordinal);
        return from >= 0 && to > from
            ? $"{document[..(from + begin.Length)]}{content}{document[to..]}"
            : throw new InvalidOperationException($"the document has no lines '{begin.Trim()}' and '{end.Trim()}'");
    }
}
