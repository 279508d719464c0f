// A pool on a server and a clock that a test has in its hands.
using Authd.Modules.Lanes;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Lanes;

/// <summary>Everything happens on the test's thread, in the order in which the test does it.</summary>
public abstract class LanePoolTest
{
    private protected const int AnswerSeconds = 8;
    private protected const int IdleSeconds = 300;

    private protected LanePoolTest()
    {
        // What continues does so at once, as in the daemon.
        SynchronizationContext.SetSynchronizationContext(null);
        Pool = NewPool(connections: 3);
    }

    private protected FakeClock Clock { get; } = new();

    private protected FakeSource Source { get; } = new();

    private protected LogLines Lines { get; } = new(0);

    private protected LanePool<FakeJob> Pool { get; set; }

    private protected LanePool<FakeJob> NewPool(int connections) => new(
        Source,
        new LaneLimits(connections, TimeSpan.FromSeconds(AnswerSeconds), TimeSpan.FromSeconds(IdleSeconds)),
        Lines.Log,
        new LaneClock(Clock));

    private protected FakeJob Submit(int number, bool canShare = true, bool canRepeat = true)
    {
        FakeJob job = new(number, Pool.Deadline(), canShare, canRepeat);
        Pool.Submit(job);
        return job;
    }

    /// <summary>A pool with one idle connection whose round trips took so long.</summary>
    private protected FakeLane OneLane(double milliseconds)
    {
        Submit(0);
        FakeLane lane = Source.Succeed();
        Finish(lane, milliseconds);
        for (int i = 1; i < RoundTrips.Least; i++)
        {
            Submit(0);
            Finish(lane, milliseconds);
        }

        lane.Sends.Clear();
        return lane;
    }

    private protected FakeLane Near() => OneLane(0.2);

    private protected FakeLane Far() => OneLane(1.5);

    private protected void Finish(FakeLane lane, double milliseconds)
    {
        Clock.Advance(milliseconds);
        lane.Answer();
    }

    /// <summary>The number when it was done, -1 when it failed, <c>null</c> while it waits.</summary>
    private protected static int? Result(FakeJob job) => job.Answer.IsCompleted ? job.Answer.Result : null;

    private protected static void AssertDone(params FakeJob[] jobs) =>
        Assert.Equal(jobs.Select(job => (int?)job.Number), jobs.Select(Result));

    private protected static void AssertWaiting(params FakeJob[] jobs) => Assert.All(jobs, job => Assert.Null(Result(job)));

    private protected static void AssertFailed(params FakeJob[] jobs) => Assert.All(jobs, job => Assert.Equal(-1, Result(job)));
}
