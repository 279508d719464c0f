namespace Authd.Tests.Support;

/// <summary>Waits for something that another process will do, by polling. The
/// limit only decides when a test gives up, never what it asserts.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">It never did; the message is <paramref name="what"/>.</exception>
    public static Task IsTrueAsync(Func<bool> condition, string what) =>
        IsTrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">It never did; the message is <paramref name="what"/>.</exception>
    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        long end = Environment.TickCount64 + (long)Limit.TotalMilliseconds;
        while (!await condition())
        {
            if (Environment.TickCount64 > end)
            {
                throw new TimeoutException($"never happened: {what}");
            }

            await Task.Delay(5);
        }
    }
}
