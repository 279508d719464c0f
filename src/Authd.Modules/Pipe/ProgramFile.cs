using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Files;
using Authd.Linux.Processes;

namespace Authd.Modules.Pipe;

/// <summary>Whether authpipe's program can be started. The file is examined once a second at most.</summary>
internal sealed class ProgramFile
{
    private const int Interval = 1000;

    private readonly string _path;
    private readonly Log _log;
    private long _nextLook;
    private string? _problem;
    private long _version;

    /// <summary>Examines the file for the first time, so that a missing
    /// program shows in the log when the daemon starts.</summary>
    public ProgramFile(string path, Log log)
    {
        _path = path;
        _log = log;
        _nextLook = Environment.TickCount64;
        IsExecutable();
    }

    /// <summary>Whether it can be started; the log gives the reason whenever it changes.</summary>
    public bool IsExecutable()
    {
        long now = Environment.TickCount64;
        long due = Volatile.Read(ref _nextLook);
        if (now >= due && Interlocked.CompareExchange(ref _nextLook, now + Interval, due) == due)
        {
            Look();
        }

        return Volatile.Read(ref _problem) is null;
    }

    /// <summary>The version of the program file, at most a second old; 0: no such file.</summary>
    public long Version
    {
        get
        {
            IsExecutable();
            return Volatile.Read(ref _version);
        }
    }

    private void Look()
    {
        Volatile.Write(ref _version, FileStamp.Of(FileStamp.Name(_path))?.Version ?? 0);
        string? problem = ChildProcess.WhyNotExecutable(_path);
        if (problem is not null && problem != _problem)
        {
            string path = WireText.FromUnicode(_path);
            _log.Debug($"{PipeModule.ModuleName}: disabled: failed to stat pipe program {path}: {problem}");
        }

        Volatile.Write(ref _problem, problem);
    }
}
