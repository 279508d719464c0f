namespace Authd.Core.Logging;

/// <summary>
/// Warns once of each account whose home directory is missing, or has blanks around it or control characters in it. Such homes
/// are easily overlooked. Safe to use from several threads.
/// </summary>
/// <param name="module">The module's name.</param>
/// <param name="log">The log.</param>
public sealed class OddHomes(string module, Log log)
{
    private const int MostRemembered = 1000;
    private const int LongestName = 255;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Looks at one account.</summary>
    /// <param name="name">The account's name in the log.</param>
    /// <param name="home">Its home.</param>
    /// <param name="withoutHome">The effect of a missing home on the account.</param>
    public void Check(string name, string home, string withoutHome)
    {
        if (Oddity(home, withoutHome) is { } oddity && IsNew(name))
        {
            log.Warn($"{module}: '{Log.Cut(name, LongestName)}' has {oddity}");
        }
    }

    private static string? Oddity(string home, string withoutHome) => home switch
    {
        "" => $"no home: {withoutHome}",
        _ when home[0] is ' ' or '\t' || home[^1] is ' ' or '\t' => "blanks around its home, which are part of its name",
        _ when home.AsSpan().ContainsAnyInRange('\0', '\x1F') || home.Contains('\x7F') => "a control character in its home",
        _ => null,
    };

    private bool IsNew(string name)
    {
        lock (_lock)
        {
            if (_told.Count == MostRemembered)
            {
                _told.Clear();
            }

            return _told.Add(name);
        }
    }
}
