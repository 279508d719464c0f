// A complaint about what may stay wrong for long: said now and then, not at every request.
namespace Authd.Modules;

/// <summary>Says a text when it is new, or when it was last said a minute ago. Safe to use from several threads.</summary>
/// <param name="say">Says it.</param>
/// <param name="clock">The time.</param>
public sealed class RepeatedComplaint(Action<string> say, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private string? _said;
    private long _when;

    /// <summary>Says <paramref name="text"/>, unless it has just been said.</summary>
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
