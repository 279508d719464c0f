using System.Globalization;

namespace Authd.Tools;

/// <summary>A progress line on standard error that is redrawn, and erased at the end. Short work shows none.</summary>
/// <param name="environment">The process; nothing is drawn unless its standard error is a terminal.</param>
/// <param name="unit">The counted things, e.g. <c>accounts</c>.</param>
/// <param name="time">The clock.</param>
internal sealed class Progress(ToolEnvironment environment, string unit, TimeProvider time) : IDisposable
{
    private const string Erase = "\r\u001b[K";
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _drawn;

    /// <summary>Reports progress.</summary>
    /// <param name="done">The count so far.</param>
    /// <param name="total">The final count; <c>null</c>: unknown.</param>
    internal void Report(long done, long? total = null)
    {
        TimeSpan elapsed = time.GetElapsedTime(_start);
        if (environment.ErrorIsTerminal && elapsed - _drawn >= Period)
        {
            _drawn = elapsed;
            environment.Complain(Erase + Text(done, total, elapsed));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_drawn > TimeSpan.Zero)
        {
            environment.Complain(Erase);
        }
    }

    private string Text(long done, long? total, TimeSpan elapsed)
    {
        double rate = done / elapsed.TotalSeconds;
        string pace = string.Create(CultureInfo.InvariantCulture, $"{rate:N0}/s");
        return total is { } all && all > 0 && rate > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{done:N0} of {all:N0} {unit} ({100 * done / all} %), {pace}, {(all - done) / rate:N0} s left")
            : string.Create(CultureInfo.InvariantCulture, $"{done:N0} {unit}, {pace}");
    }
}
