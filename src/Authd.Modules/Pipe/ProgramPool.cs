// The running copies of authpipe's program: started on demand, each asked one thing at a time, replaced when they fail.
using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Pipe;

/// <summary>Lends programs out. Who has one asks it, and gives it back whatever happened.</summary>
/// <param name="path">The program.</param>
/// <param name="most">The most copies at a time; those that are being ended do not count.</param>
/// <param name="log">Takes the debug lines.</param>
internal sealed class ProgramPool(string path, int most, Log log) : IAsyncDisposable
{
    /// <summary>So many in a row may end without a single answer before the next one has to wait.</summary>
    private const int FreeFailures = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _places = new(most);
    private readonly Lock _state = new();
    private readonly Stack<PipeProgram> _idle = [];
    private readonly HashSet<Task> _endings = [];
    private readonly CancellationTokenSource _leaving = new();
    private int _running;
    private int _failures;
    private long _nextStart;

    /// <summary>No program runs: the next request starts one.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_state)
            {
                return _running == 0;
            }
        }
    }

    /// <summary>A program that is fit to be asked: an idle one, or a new one.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">All were busy, or no start was due, until the deadline.</exception>
    public async ValueTask<PipeProgram> TakeAsync(CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            return TakeIdle() ?? await StartAsync(cancel);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Ends the loan.</summary>
    /// <param name="program">What <see cref="TakeAsync"/> gave.</param>
    /// <param name="answered">It has answered properly and may be asked again; else it is ended.</param>
    public void GiveBack(PipeProgram program, bool answered)
    {
        lock (_state)
        {
            if (answered)
            {
                _failures = 0;
                _idle.Push(program);
            }
            else
            {
                End(program);
            }
        }

        _places.Release();
    }

    /// <summary>Ends all programs, and waits for that; nobody may ask any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        Task[] endings;
        lock (_state)
        {
            while (_idle.TryPop(out PipeProgram? program))
            {
                End(program);
            }

            endings = [.. _endings];
        }

        await Task.WhenAll(endings);
        _leaving.Dispose();
        _places.Dispose();
    }

    /// <summary>The one that was used last, so that those which a rush has started stay out of the way.</summary>
    private PipeProgram? TakeIdle()
    {
        lock (_state)
        {
            while (_idle.TryPop(out PipeProgram? program))
            {
                if (program.IsFit())
                {
                    log.Debug($"reusing pipe, with {program.Descriptors}");
                    return program;
                }

                End(program);
            }

            return null;
        }
    }

    private async Task<PipeProgram> StartAsync(CancellationToken cancel)
    {
        log.Debug("closing pipe");
        log.Debug("forking new one");
        long pause;
        while ((pause = Volatile.Read(ref _nextStart) - Environment.TickCount64) > 0)
        {
            await Task.Delay((int)pause, cancel);
        }

        try
        {
            PipeProgram program = PipeProgram.Start(path, log, _leaving.Token);
            lock (_state)
            {
                _running++;
            }

            return program;
        }
        catch (IOException)
        {
            log.Debug("couldn't fork new pipe");
            lock (_state)
            {
                CountFailure();
            }

            throw;
        }
    }

    private void End(PipeProgram program)
    {
        _running--;
        if (!program.HasAnswered)
        {
            CountFailure();
        }

        Task ending = program.DisposeAsync().AsTask();
        _endings.Add(ending);
        _ = ForgetAsync(ending);
    }

    private async Task ForgetAsync(Task ending)
    {
        await ending;
        lock (_state)
        {
            _endings.Remove(ending);
        }
    }

    /// <summary>A program may end to say "temporary failure"; if it does nothing else it is started ever more slowly.</summary>
    private void CountFailure()
    {
        _failures++;
        if (_failures >= FreeFailures)
        {
            TimeSpan pause = RetryPause.After(_failures - FreeFailures, FirstPause, LongestPause);
            Volatile.Write(ref _nextStart, Environment.TickCount64 + (long)pause.TotalMilliseconds);
        }
    }
}
