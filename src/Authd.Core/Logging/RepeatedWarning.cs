namespace Authd.Core.Logging;

/// <summary>Logs a warning that may be due at every request, but the same
/// text once a minute only. Safe to use from several threads.</summary>
/// <param name="say">Logs the text.</param>
/// <param name="clock">The time.</param>
public sealed class RepeatedWarning(Action<string> say, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private string? _said;
    private long _when;

    /// <summary>Logs <paramref name="text"/>, unless it was logged within the last minute.</summary>
    public void Say(string text)
    {
        lock (_lock)
        {
            if (text == _said && clock.GetElapsedTime(_when) < Pause)
            {
                return;
            }

            (_said, _when) = (text, clock.GetTimestamp());
        }

        say(text);
    }
}
