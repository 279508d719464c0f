using System.Globalization;
using Authd.Core.Metrics;
using Authd.Daemon.Metrics;

namespace Authd.Daemon.Systemd;

/// <summary>The daemon's rate, failures and outages for `systemctl status`.
/// Reports them to the service manager when they change.</summary>
/// <param name="counters">The counters; <c>null</c>: none, and nothing is reported.</param>
/// <param name="manager">The service manager.</param>
internal sealed class RateStatus(CounterMemory? counters, ServiceManager manager)
{
    /// <summary>The seconds that a rate is averaged over.</summary>
    private const int Period = 10;

    private int _beats;
    private RequestTotals? _before;
    private string? _told;

    /// <summary>Call this once a second.</summary>
    internal void Beat()
    {
        if (counters is null || ++_beats % Period != 0)
        {
            return;
        }

        RequestTotals now = RequestTotals.Of(counters);
        string text = Text(_before ?? new RequestTotals(0, 0, 0, []), now);
        _before = now;

        // An idle daemon reports nothing and does not wake systemd.
        if (text != _told && (now.All > 0 || _told is not null))
        {
            _told = text;
            manager.Busy(text);
        }
    }

    /// <summary>The text for the difference between two totals.</summary>
    internal static string Text(RequestTotals before, RequestTotals now)
    {
        string rates = string.Create(
            CultureInfo.InvariantCulture,
            $"{(now.All - before.All) / (double)Period:0.#} requests/s, {now.Rejected - before.Rejected} rejected and "
            + $"{now.Failed - before.Failed} failed in {Period} s");
        return now.Away.Count == 0 ? rates : $"{rates}, back end away: {string.Join(' ', now.Away)}";
    }
}
