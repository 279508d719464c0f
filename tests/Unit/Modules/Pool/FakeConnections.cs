// A server whose connections answer when a test says so.
using Authd.Modules.Pool;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

/// <summary>A request whose answer is a number.</summary>
internal sealed class FakeRequest(int number, TimeSpan deadline, bool canShare = true, bool canRepeat = true)
    : PendingRequest<int>(deadline, failure: -1)
{
    public int Number => number;

    public override bool CanShare => canShare;

    public override bool CanRepeat => canRepeat;
}

/// <summary>A connection; its requests wait until the test ends them in one way or another.</summary>
internal sealed class FakePooledConnection : PooledConnection<FakeRequest>
{
    private TaskCompletionSource<bool>? _sent;

    /// <summary>The numbers of each group that was sent.</summary>
    public List<string> Sends { get; } = [];

    public bool IsClosed { get; private set; }

    public bool IsInterrupted { get; private set; }

    public bool IsBusy => _sent is not null;

    /// <summary>It sends further requests behind those under way.</summary>
    public bool TakesMore { get; set; }

    public override bool TryJoinGroup(FakeRequest request) => TakesMore && IsBusy;

    /// <summary>Answers the first of several requests.</summary>
    public void AnswerFirst()
    {
        FakeRequest first = Group[0];
        HasAnswered();
        LeaveGroup(first);
        first.Complete(first.Number);
    }

    public override Task<bool> SendAsync()
    {
        Sends.Add(string.Join(' ', Group.Select(request => request.Number)));
        _sent = new TaskCompletionSource<bool>();
        return _sent.Task;
    }

    /// <summary>Answers the whole group.</summary>
    public void Answer() => Answer(Group.Count);

    /// <summary>Answers the first requests of the group; the very first one when the connection is free again.</summary>
    public void Answer(int count)
    {
        HasAnswered();
        Group[0].CompleteLater(Group[0].Number);
        Group.Take(count).Skip(1).ToList().ForEach(request => request.Complete(request.Number));
        End(alive: true);
    }

    /// <summary>Answers all but the last at once, without the server, and the last when the connection is free again.</summary>
    public void AnswerLastAlone()
    {
        HasAnswered();
        Group.SkipLast(1).ToList().ForEach(request => request.Complete(request.Number));
        Group[^1].CompleteLater(Group[^1].Number);
        End(alive: true);
    }

    /// <summary>Loses the connection.</summary>
    public void Lose(bool isKnownUndone = false)
    {
        Group.ForEach(request => request.IsKnownUndone = isKnownUndone);
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

/// <summary>A connection whose requests end one by one.</summary>
internal sealed class FakeMultiplexedConnection(int mostAtOnce) : MultiplexedConnection<FakeRequest>(mostAtOnce)
{
    /// <summary>Requests that were sent and have not ended.</summary>
    public List<FakeRequest> Pending { get; } = [];

    public bool IsClosed { get; private set; }

    public int Looks { get; private set; }

    public override void Send(FakeRequest request) => Pending.Add(request);

    public override void LookAfter() => Looks++;

    public override Task CloseAsync()
    {
        IsClosed = true;
        return Task.CompletedTask;
    }

    public void Answer(params FakeRequest[] requests)
    {
        foreach (FakeRequest request in requests)
        {
            HasAnswered();
            Assert.True(Pending.Remove(request));
            request.CompleteLater(request.Number);
            Answered(request);
        }
    }

    public void AnswerAll() => Answer([.. Pending]);

    /// <summary>The socket takes no more: the request goes back.</summary>
    public void Refuse(FakeRequest request)
    {
        Pending.Remove(request);
        IsFull = true;
        GiveBack(request);
    }

    public void TakesMore()
    {
        IsFull = false;
        HasRoomAgain();
    }

    public void Go() => Leave();

    public void Lose(bool isAlone = false) => Lost(isAlone);

    public void FallSilent() => FellSilent(new TimeoutException());

    public void Throw() => Break(new InvalidOperationException("a bug"));
}

/// <summary>The way to the server.</summary>
internal sealed class FakeSource : IConnectionSource<FakeRequest>
{
    private TaskCompletionSource<PooledConnection<FakeRequest>>? _attempt;

    public static ConnectFailure Gone { get; } = new("gone", ["gone"]);

    public static ConnectFailure Crowd { get; } = new("too many connections", ["too many connections"], ServerAnswered: true, Server: "db");

    public static ConnectFailure StartingUp { get; } = new("starting", ["starting"], ServerAnswered: true, IsStartingUp: true);

    /// <summary>The result of <see cref="Explain"/>.</summary>
    public ConnectFailure ConnectFailure { get; set; } = Gone;

    public int Attempts { get; private set; }

    public bool IsConnecting => _attempt is not null;

    public bool IsDisposed { get; private set; }

    public string ModuleName => "authx";

    public string? LostLine => null;

    public string? BackLine => "back";

    public TimeSpan AttemptLimit => TimeSpan.FromSeconds(9);

    public Task<PooledConnection<FakeRequest>> OpenAsync(CancellationToken cancel)
    {
        Attempts++;
        _attempt = new TaskCompletionSource<PooledConnection<FakeRequest>>();
        return _attempt.Task;
    }

    public FakePooledConnection Succeed()
    {
        FakePooledConnection connection = new();
        TakeAttempt().SetResult(connection);
        return connection;
    }

    public FakeMultiplexedConnection SucceedMultiplexed(int mostAtOnce = 64)
    {
        FakeMultiplexedConnection connection = new(mostAtOnce);
        TakeAttempt().SetResult(connection);
        return connection;
    }

    public void Fail(ConnectFailure absence)
    {
        ConnectFailure = absence;
        TakeAttempt().SetException(new IOException());
    }

    public ConnectFailure Explain(Exception failure) => ConnectFailure;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private TaskCompletionSource<PooledConnection<FakeRequest>> TakeAttempt()
    {
        TaskCompletionSource<PooledConnection<FakeRequest>> attempt = _attempt!;
        _attempt = null;
        return attempt;
    }
}
