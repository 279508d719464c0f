// A module's configuration file that is read at first use and again whenever it has changed.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Modules;

/// <summary>
/// What a file was made into. Each load starts from nothing; a load that fails leaves the old value in use and is tried
/// again at the next request. A value that holds connections is disposed of when it is replaced. One system call a request.
/// </summary>
/// <param name="module">The module's name, for <c>MODULE: reloaded FILE</c>.</param>
/// <param name="path">The file.</param>
/// <param name="load">Makes the value; throws <see cref="ConfigurationException"/> when the file is wrong.</param>
/// <param name="log">The log. A problem that stays the same is told once.</param>
public sealed class WatchedFile<T>(string module, string path, Func<RcFile, T> load, Log log) : IAsyncDisposable
    where T : class
{
    private readonly Lock _loading = new();
    private readonly byte[] _name = FileStamp.Name(path);
    private volatile Load? _current;
    private string? _lastProblem;

    private sealed record Load(FileStamp Stamp, T Value);

    /// <summary>The value as of now, <c>null</c> when the file has never been read successfully; the log says why.</summary>
    public T? Current()
    {
        Load? current = _current;
        FileStamp? now = FileStamp.Of(_name);
        return current is not null && now == current.Stamp ? current.Value : Reload(now);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => (_current?.Value as IAsyncDisposable)?.DisposeAsync() ?? ValueTask.CompletedTask;

    private T? Reload(FileStamp? now)
    {
        lock (_loading)
        {
            if (now is null)
            {
                Report($"stat({path}) failed");
            }
            else if (now != _current?.Stamp)
            {
                TryLoad(now.Value);
            }

            return _current?.Value;
        }
    }

    private void TryLoad(FileStamp stamp)
    {
        try
        {
            Replace(stamp, RcFile.Parse(path, File.ReadAllBytes(path)));
        }
        catch (ConfigurationException wrong)
        {
            Report(wrong.Message);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Report($"Cannot open {path}");
        }
    }

    private void Replace(FileStamp stamp, RcFile file)
    {
        T? old = _current?.Value;
        _current = new Load(stamp, load(file));
        _lastProblem = null;
        if (!file.HasMarker)
        {
            log.Warn($"marker line not found in {path} (probably forgot to run sysconftool after an upgrade)");
        }

        if (old is not null)
        {
            log.Debug($"{module}: reloaded {path}");
            _ = RetireAsync(old as IAsyncDisposable);
        }
    }

    /// <summary>Requests that still use the old value finish; it closes its connections behind them.</summary>
    private async Task RetireAsync(IAsyncDisposable? old)
    {
        try
        {
            await (old?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception failure)
        {
            log.Err($"{module}: leaving the old {path}: {failure}");
        }
    }

    private void Report(string problem)
    {
        if (problem != _lastProblem)
        {
            _lastProblem = problem;
            log.Err(problem);
        }
    }
}
