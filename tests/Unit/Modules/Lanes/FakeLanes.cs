// A server whose connections answer when a test says so.
using Authd.Modules.Lanes;

namespace Authd.Tests.Unit.Modules.Lanes;

/// <summary>A job whose answer is a number.</summary>
internal sealed class FakeJob(int number, TimeSpan deadline, bool canShare = true, bool canRepeat = true)
    : LaneJob<int>(deadline, failure: -1)
{
    public int Number => number;

    public override bool CanShare => canShare;

    public override bool CanRepeat => canRepeat;
}

/// <summary>A connection: what it was sent stays there until the test ends it in one way or another.</summary>
internal sealed class FakeLane : Lane<FakeJob>
{
    private TaskCompletionSource<bool>? _sent;

    /// <summary>The numbers of each group that was sent.</summary>
    public List<string> Sends { get; } = [];

    public bool IsClosed { get; private set; }

    public bool IsInterrupted { get; private set; }

    public bool IsBusy => _sent is not null;

    public override Task<bool> SendAsync()
    {
        Sends.Add(string.Join(' ', Group.Select(job => job.Number)));
        _sent = new TaskCompletionSource<bool>();
        return _sent.Task;
    }

    /// <summary>Answers the whole group.</summary>
    public void Answer() => Answer(Group.Count);

    /// <summary>Answers the first jobs of the group: the very first as soon as the lane is free again.</summary>
    public void Answer(int count)
    {
        HasAnswered();
        Group[0].CompleteLater(Group[0].Number);
        Group.Take(count).Skip(1).ToList().ForEach(job => job.Complete(job.Number));
        End(alive: true);
    }

    /// <summary>Answers all but the last at once, without the server, and the last as soon as the lane is free again.</summary>
    public void AnswerLastAlone()
    {
        HasAnswered();
        Group.SkipLast(1).ToList().ForEach(job => job.Complete(job.Number));
        Group[^1].CompleteLater(Group[^1].Number);
        End(alive: true);
    }

    /// <summary>The connection is gone.</summary>
    public void Lose(bool isKnownUndone = false)
    {
        Group.ForEach(job => job.IsKnownUndone = isKnownUndone);
        Failure = "lost";
        End(alive: false);
    }

    /// <summary>A mistake in the module.</summary>
    public void Throw()
    {
        TaskCompletionSource<bool> sent = _sent!;
        _sent = null;
        sent.SetException(new InvalidOperationException("a bug"));
    }

    public override void Interrupt() => IsInterrupted = true;

    public override Task CloseAsync()
    {
        IsClosed = true;
        return Task.CompletedTask;
    }

    private void End(bool alive)
    {
        TaskCompletionSource<bool> sent = _sent!;
        _sent = null;
        sent.SetResult(alive);
    }
}

/// <summary>The way to the server.</summary>
internal sealed class FakeSource : ILaneSource<FakeJob>
{
    private TaskCompletionSource<Lane<FakeJob>>? _attempt;

    public static Absence Gone { get; } = new("gone", ["gone"]);

    public static Absence Crowd { get; } = new("too many connections", ["too many connections"], IsAnswer: true, Server: "db");

    public static Absence StartingUp { get; } = new("starting", ["starting"], IsAnswer: true, IsStartingUp: true);

    /// <summary>What <see cref="Explain"/> says.</summary>
    public Absence Absence { get; set; } = Gone;

    public int Attempts { get; private set; }

    public bool IsConnecting => _attempt is not null;

    public bool IsDisposed { get; private set; }

    public string ModuleName => "authx";

    public string? LostLine => null;

    public string? BackLine => "back";

    public TimeSpan AttemptLimit => TimeSpan.FromSeconds(9);

    public Task<Lane<FakeJob>> OpenAsync(CancellationToken cancel)
    {
        Attempts++;
        _attempt = new TaskCompletionSource<Lane<FakeJob>>();
        return _attempt.Task;
    }

    public FakeLane Succeed()
    {
        FakeLane lane = new();
        TakeAttempt().SetResult(lane);
        return lane;
    }

    public void Fail(Absence absence)
    {
        Absence = absence;
        TakeAttempt().SetException(new IOException());
    }

    public Absence Explain(Exception failure) => Absence;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private TaskCompletionSource<Lane<FakeJob>> TakeAttempt()
    {
        TaskCompletionSource<Lane<FakeJob>> attempt = _attempt!;
        _attempt = null;
        return attempt;
    }
}
