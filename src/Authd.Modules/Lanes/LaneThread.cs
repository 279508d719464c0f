// A thread for one connection of a C library's.
using Authd.Interop;

namespace Authd.Modules.Lanes;

/// <summary>Runs pieces of work one after the other.</summary>
public sealed class LaneThread
{
    // Enough for the library, TLS and the reply to the client, which is written in here too.
    private const int StackSize = 1 << 20;
    private readonly Queue<Action> _work = new();
    private readonly TaskCreationOptions _continuation;
    private readonly Thread _thread;
    private bool _ending;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">For whoever looks at the process.</param>
    /// <param name="continues">What continues after a piece of work goes on in this thread, and a further piece that it asks
    /// for runs at once: under load a lane goes from one statement to the next without a switch of threads. Whoever wants
    /// to stop waiting for a piece must not be in here.</param>
    public LaneThread(string name, bool continues)
    {
        _continuation = continues ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;
        _thread = new Thread(Loop, StackSize) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Runs a piece of work after those before it.</summary>
    /// <param name="work">The piece.</param>
    /// <param name="isBrief">Nothing is before it, and it will hardly block for long: an events' thread does it itself.</param>
    public Task<T> RunAsync<T>(Func<T> work, bool isBrief = false)
    {
        if (Thread.CurrentThread == _thread)
        {
            return Start(work);
        }

        if (isBrief && SocketEvents.OfThisThread is { } events)
        {
            long call = events.BeginBrief();
            try
            {
                return Start(work);
            }
            finally
            {
                events.EndBrief(call);
            }
        }

        TaskCompletionSource<T> done = new(_continuation);
        Post(() => Finish(done, work));
        return done.Task;
    }

    /// <summary>Opens something in the thread, where it is to be used; when that fails or comes too late, the thread ends.</summary>
    /// <param name="open">Opens; may block.</param>
    /// <param name="close">Closes what is opened too late.</param>
    /// <param name="cancel">Until when to wait.</param>
    public async Task<T> OpenAsync<T>(Func<T> open, Action<T> close, CancellationToken cancel)
    {
        Task<T> opening = RunAsync(open);
        try
        {
            return await opening.WaitAsync(cancel);
        }
        catch
        {
            // Behind the caller's back: the thread may be blocked for long.
            _ = EndAsync(() =>
            {
                if (opening.IsCompletedSuccessfully)
                {
                    close(opening.Result);
                }
            });
            throw;
        }
    }

    /// <summary>Runs a last piece of work and ends the thread.</summary>
    public async Task EndAsync(Action last)
    {
        await RunAsync(() =>
        {
            last();
            _ending = true;
            return true;
        });
    }

    private static Task<T> Start<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(work());
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(failure);
        }
    }

    private static void Finish<T>(TaskCompletionSource<T> done, Func<T> work)
    {
        T result;
        try
        {
            result = work();
        }
        catch (Exception failure)
        {
            done.SetException(failure);
            return;
        }

        done.SetResult(result);
    }

    private void Post(Action work)
    {
        lock (_work)
        {
            _work.Enqueue(work);
            Monitor.Pulse(_work);
        }
    }

    private void Loop()
    {
        while (!_ending)
        {
            Next()();
        }
    }

    private Action Next()
    {
        lock (_work)
        {
            while (_work.Count == 0)
            {
                Monitor.Wait(_work);
            }

            return _work.Dequeue();
        }
    }
}
