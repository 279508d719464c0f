// Clients that ask all the while before, during and after an outage, and judge each reply by the rules of the cache.
using System.Diagnostics;
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon.Cached;

/// <summary>The cache's settings.</summary>
/// <param name="Fresh"><c>ttl</c> and <c>negative-ttl</c>.</param>
/// <param name="Stale"><c>stale</c>.</param>
public sealed record OutageTimes(TimeSpan Fresh, TimeSpan Stale)
{
    /// <summary>Age up to which an account may be served.</summary>
    public TimeSpan Oldest => Fresh + Stale;
}

/// <summary>
/// An account must be served until <c>ttl + stale</c> after the first moment at which its answer can have been stored, and must not be
/// served later than that after the last one. Both are known exactly: nothing here depends on how fast the machine is.
/// </summary>
internal sealed class OutageLoad(string socketPath, OutageTimes times, bool hasCram, TimeSpan pause)
{
    private const int Enough = 20;
    private const int Served = 30;
    private const int Changed = 30;
    private const int Forgotten = 31;
    private const int Flushed = 32;
    private const string NewPassword = "another";

    // The time that the server's last answers may take on a busy machine before they are stored.
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(2);

    private readonly int[] _counts = new int[Enum.GetValues<Phase>().Length];
    private long _warm;
    private long _away = long.MaxValue;
    private long _back = long.MaxValue;

    private enum Phase
    {
        Before,
        Stale,
        WrongPassword,
        Unknown,
        ChangedOrFlushed,
        TooOld,
        After,
    }

    /// <summary>Replies of all kinds have been judged.</summary>
    public bool HasSeenAll => Array.TrueForAll(_counts, static count => count > 0);

    /// <summary>The counts.</summary>
    public override string ToString() => string.Join(", ", Enum.GetValues<Phase>().Select(phase => string.Create(
        CultureInfo.InvariantCulture, $"{phase} {_counts[(int)phase]}")));

    /// <summary>Has the cache learn everything, and then change its mind about some.</summary>
    public async Task WarmUpAsync(Func<string, Task> flush)
    {
        _warm = Stopwatch.GetTimestamp();
        await LearnAsync(Served, 1 + Flushed);
        foreach (int user in new[] { Changed, Forgotten })
        {
            string name = CachedAccounts.Name(user);
            Assert.Equal("OK\n", await AskAsync(Requests.ChangePassword(name, CachedAccounts.Password(user), NewPassword)));
        }

        await flush(CachedAccounts.Name(Flushed));

        // Only now: a change may also make the cache forget an account that shares a counter with the changed one.
        Assert.StartsWith("UID=", await AskAsync(Requests.Login(CachedAccounts.Name(Changed), NewPassword)), StringComparison.Ordinal);
        await LearnAsync(0, Served);
    }

    private async Task LearnAsync(int first, int end)
    {
        for (int user = first; user < end; user++)
        {
            string name = CachedAccounts.Name(user);
            Assert.StartsWith("UID=", await AskAsync(Requests.Lookup(name)), StringComparison.Ordinal);
            Assert.StartsWith("UID=", await AskAsync(Requests.Login(name, CachedAccounts.Password(user))), StringComparison.Ordinal);
            Assert.Equal("FAIL\n", await AskAsync(Requests.Lookup($"stranger{user}")));
        }
    }

    /// <summary>The server has stopped.</summary>
    public void ServerIsAway() => Volatile.Write(ref _away, Stopwatch.GetTimestamp());

    /// <summary>It is about to be started.</summary>
    public void ServerComesBack() => Volatile.Write(ref _back, Stopwatch.GetTimestamp());

    /// <summary>Ends when accounts have been served.</summary>
    public Task ServedAsync(CancellationToken cancel) => HasCountedAsync(Phase.Before, cancel);

    /// <summary>Ends when accounts have been refused for the age of their answers.</summary>
    public Task RefusedAsync(CancellationToken cancel) => HasCountedAsync(Phase.TooOld, cancel);

    /// <summary>Ends when accounts are served again.</summary>
    public Task BackAsync() => Eventually.IsTrueAsync(() => Volatile.Read(ref _counts[(int)Phase.After]) >= Enough, "answers of the server");

    /// <summary>One client.</summary>
    public async Task RunAsync(int client, CancellationToken enough)
    {
        for (int i = client; !enough.IsCancellationRequested; i += 7)
        {
            int user = i % Served;
            string name = CachedAccounts.Name(user);
            string password = CachedAccounts.Password(user);
            Task judged = (i % 8) switch
            {
                0 => WrongAsync(Requests.Login(name, "wrong")),
                1 => UnknownAsync(Requests.Lookup($"stranger{user}")),
                2 => ForgottenAsync(i % 3),
                3 when hasCram => KnownAsync(Requests.Cram("cram-md5", name, password, "<1@x>")),
                4 or 5 => KnownAsync(Requests.Login(name, password)),
                6 => KnownAsync(Requests.Login(CachedAccounts.Name(Changed), NewPassword)),
                _ => KnownAsync(Requests.Lookup(name)),
            };
            await judged;
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, CancellationToken.None);
            }
        }
    }

    /// <summary>An account with the right password, or none at all.</summary>
    private async Task KnownAsync(string request)
    {
        Answer answer = await JudgedAsync(request);
        bool served = answer.Text.StartsWith("UID=", StringComparison.Ordinal);
        if (answer.Ended <= After(_warm, times.Oldest))
        {
            Assert.True(served, $"a known account got '{answer.Text}' {answer.SinceAway} after the server had gone: {request}");
        }

        if (answer.IsAway && answer.Begun > After(_away, times.Oldest + OnTheWay))
        {
            Assert.False(served, $"an answer too old was served {answer.SinceAway} after the server had gone: {request}");
            Assert.Equal("", answer.Text);
            Count(Phase.TooOld);
        }
        else if (answer.IsAway && served && answer.Begun > After(_away, times.Fresh + OnTheWay))
        {
            Count(Phase.Stale);
        }
        else if (served && answer.Ended < Volatile.Read(ref _away))
        {
            Count(Phase.Before);
        }
        else if (served && answer.Begun > Volatile.Read(ref _back))
        {
            Count(Phase.After);
        }
    }

    /// <summary>A wrong password is refused as such as long as the right one is known.</summary>
    private async Task WrongAsync(string request)
    {
        Answer answer = await JudgedAsync(request);
        if (answer.IsAway)
        {
            Assert.True(answer.Text is "FAIL\n" or "", answer.Text);
            Assert.True(answer.Text == "FAIL\n" || answer.Ended > After(_warm, times.Oldest), $"no answer {answer.SinceAway} after the server had gone");
            Count(Phase.WrongPassword);
        }
        else
        {
            Assert.False(answer.Text.StartsWith("UID=", StringComparison.Ordinal), "a wrong password was accepted");
        }
    }

    /// <summary>"Unknown" is answered for negative-ttl, and never on the word of an older answer.</summary>
    private async Task UnknownAsync(string request)
    {
        Answer answer = await JudgedAsync(request);
        Assert.True(answer.Text is "FAIL\n" or "", answer.Text);
        if (answer.IsAway && answer.Begun > After(_away, times.Fresh + OnTheWay))
        {
            Assert.Equal("", answer.Text);
            Count(Phase.Unknown);
        }
    }

    /// <summary>An old password after its change, and names of which the cache has been made to forget everything.</summary>
    private async Task ForgottenAsync(int which)
    {
        (int user, string request) = which switch
        {
            0 => (Changed, Requests.Login(CachedAccounts.Name(Changed), CachedAccounts.Password(Changed))),
            1 => (Forgotten, Requests.Login(CachedAccounts.Name(Forgotten), CachedAccounts.Password(Forgotten))),
            _ => (Flushed, Requests.Lookup(CachedAccounts.Name(Flushed))),
        };

        // Nobody asks for the flushed one while the server is there: it would be known again.
        if (user == Flushed && Volatile.Read(ref _away) == long.MaxValue)
        {
            return;
        }

        Answer answer = await JudgedAsync(request);
        if (user != Flushed || answer.IsAway)
        {
            Assert.False(answer.Text.StartsWith("UID=", StringComparison.Ordinal), $"{CachedAccounts.Name(user)} was served");
        }

        if (answer.IsAway)
        {
            Count(Phase.ChangedOrFlushed);
        }
    }

    private async Task HasCountedAsync(Phase phase, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested && Volatile.Read(ref _counts[(int)phase]) < Enough)
        {
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private void Count(Phase phase) => Interlocked.Increment(ref _counts[(int)phase]);

    /// <summary>An answer and when it came.</summary>
    private async Task<Answer> JudgedAsync(string request)
    {
        long begun = Stopwatch.GetTimestamp();
        string text = await AskAsync(request);
        long ended = Stopwatch.GetTimestamp();
        long away = Volatile.Read(ref _away);
        bool isAway = begun > away && ended < Volatile.Read(ref _back);
        return new Answer(text, begun, ended, isAway, isAway ? Stopwatch.GetElapsedTime(away, ended) : TimeSpan.Zero);
    }

    private async Task<string> AskAsync(string request) => (await RawClient.AskAsync(socketPath, request)).Text;

    private static long After(long start, TimeSpan time) =>
        start == long.MaxValue ? start : start + (long)(time.TotalSeconds * Stopwatch.Frequency);

    private readonly record struct Answer(string Text, long Begun, long Ended, bool IsAway, TimeSpan SinceAway);
}
