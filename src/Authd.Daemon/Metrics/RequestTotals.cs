using Authd.Core;
using Authd.Core.Metrics;

namespace Authd.Daemon.Metrics;

/// <summary>The few sums that show how the daemon is doing, over all workers, modules and kinds of request.</summary>
/// <param name="All">Answers of modules.</param>
/// <param name="Rejected">Rejected logins and changes; a lookup of an unknown user is no failure.</param>
/// <param name="Failed">Temporary failures.</param>
/// <param name="Away">Modules whose back end is away for a worker.</param>
internal sealed record RequestTotals(long All, long Rejected, long Failed, IReadOnlyList<string> Away)
{
    private const int Verdicts = 3;

    /// <summary>The present sums.</summary>
    internal static RequestTotals Of(CounterMemory counters)
    {
        long all = 0;
        long rejected = 0;
        long failed = 0;
        IReadOnlyList<string> names = counters.Names;
        HashSet<string> away = [];
        foreach (int slot in counters.UsedSlots)
        {
            for (int place = 0; place < names.Count; place++)
            {
                Span<long> block = CounterMemory.Block(counters.Slot(slot), place);
                for (int kind = 0; kind < Verdicts; kind++)
                {
                    Span<long> answers = block.Slice((int)ModuleWord.Requests + (kind * Verdicts), Verdicts);
                    all += answers[0] + answers[1] + answers[2];
                    rejected += kind == (int)RequestKind.Lookup ? 0 : answers[(int)Verdict.Reject];
                    failed += answers[(int)Verdict.TempFail];
                }

                if (slot != 0 && block[(int)ModuleWord.Away] != 0)
                {
                    away.Add(names[place]);
                }
            }
        }

        return new RequestTotals(all, rejected, failed, [.. away.Order(StringComparer.Ordinal)]);
    }
}
