using Authd.Core.Configuration;
using Authd.Core.Logging;

namespace Authd.Linux.Files;

/// <summary>
/// A module's configuration, read from a file at first use and again after each change. Each load starts from nothing. A load
/// that fails leaves the old value in use and is tried again at the next request. A value that holds connections is disposed of
/// when it is replaced. Costs one system call a request.
/// </summary>
/// <param name="module">The module's name, for <c>MODULE: reloaded FILE</c>.</param>
/// <param name="path">The file.</param>
/// <param name="load">Makes the value; throws <see cref="ConfigurationException"/> when the file is wrong.</param>
/// <param name="log">The log. A problem that stays the same leaves one line.</param>
/// <param name="checkedVersion">The version (<see cref="FileStamp.Version"/>) of the file about which the log has all warnings already;
/// <c>null</c>: it was not there when the daemon was started.</param>
public sealed class WatchedFile<T>(string module, string path, Func<RcFile, T> load, Log log, long? checkedVersion = null) : IAsyncDisposable
    where T : class
{
    private readonly Lock _loading = new();
    private readonly FreshStamp _fresh = new(path);
    private volatile Load? _current;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private string? _lastProblem;
    private volatile bool _wasThere = checkedVersion is not null;

    private sealed record Load(FileStamp Stamp, T Value);

    /// <summary>The current value; <c>null</c> when the file has never been read successfully, which the log explains.</summary>
    public T? Current()
    {
        Load? current = _current;
        FileStamp? now = _fresh.Now;
        return current is not null && now == current.Stamp ? current.Value : Reload(now);
    }

    /// <summary>
    /// The file does not exist and never did: the module is not in use, although authmodulelist names it. A file that existed and
    /// is gone is an error.
    /// </summary>
    public bool IsUnwanted => !_wasThere && _fresh.IsMissing;
    /// <summary>The version of the value in use, the same for all processes that have read the same file; 0: no value.</summary>
    public long Version
    {
        get
        {
            Current();
            return _current?.Stamp.Version ?? 0;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => (_current?.Value as IAsyncDisposable)?.DisposeAsync() ?? ValueTask.CompletedTask;

    private T? Reload(FileStamp? now)
    {
        lock (_loading)
        {
            if (now is null && IsUnwanted)
            {
                return null;
            }

            if (now is null)
            {
                string why = _fresh.IsMissing ? "there is no such file" : "the daemon's user cannot reach it";
                Report($"stat({path}) failed: {why}{(_current is null ? "" : "; what was read of it before stays in use")}");
            }
            else if (now != _current?.Stamp)
            {
                _wasThere = true;
                TryLoad(now.Value);
            }

            return _current?.Value;
        }
    }

    private void TryLoad(FileStamp stamp)
    {
        try
        {
            RcFile file = RcFile.Parse(path, RootFiles.ReadAll(path));
            try
            {
                Replace(stamp, file);
            }
            finally
            {
                if (stamp.Version != checkedVersion)
                {
                    Tell(file.Warnings);
                }
            }
        }
        catch (ConfigurationException wrong)
        {
            Report(_current is null ? wrong.Message : $"{wrong.Message}; what was read of the file before stays in use");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Report($"Cannot open {path}: {FileTrouble.Text(unreadable).Replace($"{path}: ", "", StringComparison.Ordinal)}");
        }
    }

    private void Replace(FileStamp stamp, RcFile file)
    {
        T? old = _current?.Value;
        _current = new Load(stamp, load(file));
        _lastProblem = null;
        if (file.MarkerDoubt is { } doubt && stamp.Version != checkedVersion)
        {
            log.Warn(doubt);
        }

        if (old is not null)
        {
            log.Debug($"{module}: reloaded {path}");
            _ = RetireAsync(old as IAsyncDisposable);
        }
    }

    /// <summary>Requests that still use the old value finish; it closes its connections after them.</summary>
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

    /// <summary>Logs the warnings of a load; one that fails is repeated
    /// at each request, so the same warnings are logged once.</summary>
    private void Tell(IReadOnlyList<string> doubts)
    {
        foreach (string doubt in doubts.Where(_told.Add))
        {
            log.Warn(doubt);
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
