using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>Lookups by one client while sixteen others log in with yescrypt without a pause and fill the processors.</summary>
internal sealed class SlowHashScenario() : Scenario("slow-hashes")
{
    private const int LoginClients = 16;
    private const int LookupClients = 1;
    private const double TolerableSlowdown = 3;
    private const double Tail = 0.99;

    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics { get; } =
    [
        new(Section.SlowHashes, "lookups alone: 99th percentile", "us"),
        new(Section.SlowHashes, "beside 16 yescrypt logins: 99th percentile", "us"),
        new(Section.SlowHashes, "slowed down", "times", Target.OursAtMost(TolerableSlowdown)),
        new(Section.SlowHashes, "logins meanwhile", "/s"),
    ];

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        IAuthDaemon daemon = await testbed.DaemonAsync(Backend.Userdb, contender);
        using LoadGenerator lookups = new(daemon.SocketPath, RequestList.Lookups(Backend.Userdb));
        LoadResult alone = lookups.Run(LookupClients, effort.Duration, effort.Patience);

        using LoadGenerator logins = new(daemon.SocketPath, RequestList.Logins(Backend.Userdb, slow: true));
        Task<LoadResult> loggingIn = Task.Factory.StartNew(
            () => logins.Run(LoginClients, effort.Duration, effort.Patience), TaskCreationOptions.LongRunning);
        LoadResult beside = lookups.Run(LookupClients, effort.Duration, effort.Patience);
        LoadResult loggedIn = await loggingIn;

        TimeSpan usual = alone.Percentile(Tail);
        TimeSpan slowed = beside.Percentile(Tail);
        Reading[] readings =
            [new(usual.TotalMicroseconds), new(slowed.TotalMicroseconds), new(slowed / usual), new(loggedIn.PerSecond)];
        return new Outcome(
            readings, alone.Wrong + alone.Unanswered + beside.Wrong + beside.Unanswered + loggedIn.Wrong
                + loggedIn.Unanswered);
    }
}
