// One connection that is kept open, as LanePool sees it.
namespace Authd.Modules.Lanes;

/// <summary>A connection. Used by one caller at a time.</summary>
public abstract class Lane<TJob>
    where TJob : LaneJob
{
    /// <summary>What is under way; empty when the lane is idle.</summary>
    public List<TJob> Group { get; } = [];

    /// <summary>When the group was sent.</summary>
    public TimeSpan Sent { get; set; }

    /// <summary>See <see cref="RoundTrips.AreQuick"/>.</summary>
    public bool IsQuick { get; set; }

    /// <summary>When the server last answered anything.</summary>
    public TimeSpan LastAnswer { get; private set; }

    /// <summary>Why the connection is of no more use.</summary>
    public string Failure { get; internal protected set; } = "";

    /// <summary>It has served what waited while the pool is being closed, and nobody but it knows of it any more.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Given up: its jobs have been answered without it, and it is closed as soon as it comes back.</summary>
    public bool Abandoned { get; set; }

    private LaneClock Clock { get; set; } = LaneClock.System;

    /// <summary>Sends the group and answers its jobs. What is not answered afterwards is to be sent again.</summary>
    /// <returns>False: the connection is of no more use.</returns>
    public abstract Task<bool> SendAsync();

    /// <summary>The lane has been abandoned: ends what it waits for, where that can be done from outside.</summary>
    public virtual void Interrupt()
    {
    }

    /// <summary>Closes the connection.</summary>
    public abstract Task CloseAsync();

    /// <summary>A pool takes the lane in: the server has just answered.</summary>
    internal void Join(LaneClock clock)
    {
        Clock = clock;
        HasAnswered();
    }

    /// <summary>The server has answered, whatever it was.</summary>
    protected void HasAnswered() => LastAnswer = Clock.Now;
}
