using Authd.Core.Logging;

namespace Authd.Modules.Pipe;

/// <summary>The running copies of authpipe's program: started on demand, lent for one request at a time, replaced when they fail.
/// Every borrower gives its copy back, whatever happened.</summary>
/// <param name="path">The program.</param>
/// <param name="most">The largest number of copies; those that are being ended do not count.</param>
/// <param name="log">Takes the debug lines.</param>
internal sealed class ProgramPool(string path, int most, Log log) : IAsyncDisposable
{
    private readonly SemaphoreSlim _places = new(most);
    private readonly Lock _state = new();
    private readonly Stack<PipeProgram> _idle = [];
    private readonly HashSet<Task> _endings = [];
    private readonly CancellationTokenSource _leaving = new();
    private readonly StartPauses _pauses = new(static () => Environment.TickCount64);
    private int _running;

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

    /// <summary>A program that can take a request: an idle one, or a new one.</summary>
    /// <param name="name">The user of the request.</param>
    /// <param name="fresh">Only a new program is wanted.</param>
    /// <param name="cancel">The deadline.</param>
    /// <exception cref="IOException">The program cannot be started.</exception>
    /// <exception cref="OperationCanceledException">Until the deadline, all programs were busy or no start was due.</exception>
    public async ValueTask<PipeProgram> TakeAsync(string name, bool fresh, CancellationToken cancel)
    {
        // Without a place in the pool: users whose requests kill the program must not keep others out.
        await PauseAsync(() => _pauses.Before(name), cancel);
        await _places.WaitAsync(cancel);
        try
        {
            if (fresh)
            {
                EndOneIdle();
            }

            return (fresh ? null : TakeIdle(name)) ?? await StartAsync(name, cancel);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Ends the loan.</summary>
    /// <param name="program">The program from <see cref="TakeAsync"/>.</param>
    /// <param name="name">The user of the request.</param>
    /// <param name="answered">The program answered properly and can take another request; otherwise it is ended.</param>
    public void GiveBack(PipeProgram program, string name, bool answered)
    {
        lock (_state)
        {
            if (answered)
            {
                _pauses.Answered();
                _idle.Push(program);
            }
            else
            {
                End(program, name);
            }
        }

        _places.Release();
    }

    /// <summary>Ends all programs and waits for that; the pool cannot be used any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        Task[] endings;
        lock (_state)
        {
            while (_idle.TryPop(out PipeProgram? program))
            {
                End(program, "");
            }

            endings = [.. _endings];
        }

        await Task.WhenAll(endings);
        _leaving.Dispose();
        _places.Dispose();
    }

    /// <summary>The program that was used last, so that the copies started for a rush fall idle.</summary>
    private PipeProgram? TakeIdle(string name)
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

                End(program, name);
            }

            return null;
        }
    }

    /// <summary>Makes room: idle programs count against the limit, too.</summary>
    private void EndOneIdle()
    {
        lock (_state)
        {
            if (_idle.TryPop(out PipeProgram? program))
            {
                End(program, "");
            }
        }
    }

    private async Task<PipeProgram> StartAsync(string name, CancellationToken cancel)
    {
        log.Debug("closing pipe");
        log.Debug("forking new one");
        await PauseAsync(_pauses.Before, cancel);
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
                _pauses.Failed(name);
            }

            throw;
        }
    }

    private async Task PauseAsync(Func<long> left, CancellationToken cancel)
    {
        while (LockedLeft() is > 0 and var pause)
        {
            await Task.Delay((int)pause, cancel);
        }

        long LockedLeft()
        {
            lock (_state)
            {
                return left();
            }
        }
    }

    private void End(PipeProgram program, string name)
    {
        _running--;
        if (!program.HasAnswered)
        {
            _pauses.Failed(name);
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
}
