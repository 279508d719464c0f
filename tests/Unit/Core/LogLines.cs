using Authd.Core.Logging;

namespace Authd.Tests.Unit.Core;

internal sealed class LogLines(int debugLevel)
{
    private readonly List<string> _lines = [];

    public Log Log => new(Add, debugLevel);

    /// <summary>Level and text of each line so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    private void Add(LogLevel level, string text)
    {
        lock (_lines)
        {
            _lines.Add($"{level} {text}");
        }
    }
}
