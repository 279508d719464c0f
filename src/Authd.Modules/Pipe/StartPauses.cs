// Delays new copies of authpipe's program after some have ended without a single answer.
using Authd.Core;

namespace Authd.Modules.Pipe;

/// <summary>
/// Failed starts since the last answer. A user whose requests kill the program waits alone; when the requests of several users
/// do, the program itself is at fault, and all wait. For one thread at a time.
/// </summary>
/// <param name="clock">Milliseconds that only grow.</param>
public sealed class StartPauses(Func<long> clock)
{
    /// <summary>The number of failures, for one name or for several, before there is a pause.</summary>
    private const int Free = 3;

    /// <summary>The number of names beyond which the pause does not grow.</summary>
    private const int MostNames = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (int Failures, long NextStart)> _names = [];
    private long _nextStart;

    /// <summary>Milliseconds until any program may be started.</summary>
    public long Before() => Left(_nextStart);

    /// <summary>Milliseconds until a program may be asked about <paramref name="name"/>.</summary>
    public long Before(string name) =>
        _names.TryGetValue(name, out (int Failures, long NextStart) failed) ? Left(failed.NextStart) : 0;

    /// <summary>A program has ended without an answer, or could not be started, for a request about
    /// <paramref name="name"/>.</summary>
    public void Failed(string name)
    {
        if (_names.ContainsKey(name) || _names.Count < MostNames)
        {
            int failures = _names.GetValueOrDefault(name).Failures + 1;
            _names[name] = (failures, NextStart(failures));
        }

        _nextStart = NextStart(_names.Count);
    }

    /// <summary>A program has answered, so it works.</summary>
    public void Answered()
    {
        _names.Clear();
        _nextStart = 0;
    }

    private long Left(long time) => Math.Max(0, time - clock());

    private long NextStart(int failures) => failures < Free
        ? 0
        : clock() + (long)RetryPause.After(failures - Free, FirstPause, LongestPause).TotalMilliseconds;
}
