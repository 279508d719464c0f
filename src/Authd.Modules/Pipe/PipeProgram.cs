using System.IO.Pipes;
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Pipe;

/// <summary>A running copy of authpipe's program and the two pipes to it, for one request at a time. All failures are an
/// <see cref="IOException"/>.</summary>
internal sealed class PipeProgram : IAsyncDisposable
{
    /// <summary>The longest line, in bytes: the length of the longest reply that courier's clients can read.</summary>
    public const int MaxLine = 8191;

    private const int SigTerm = 15;
    private const int SigKill = 9;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TermLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HurriedLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReapInterval = TimeSpan.FromMilliseconds(50);

    private readonly int _pid;
    private readonly int _answersDescriptor;
    private readonly AnonymousPipeClientStream _requests;
    private readonly AnonymousPipeClientStream _answers;
    private readonly CancellationToken _hurry;
    private readonly Log _log;
    private readonly byte[] _buffer = new byte[MaxLine + 1];
    private int _start;
    private int _end;
    private bool _hasSaidSomething;

    private PipeProgram(int pid, int requests, int answers, Log log, CancellationToken hurry)
    {
        _pid = pid;
        _answersDescriptor = answers;
        _requests = new AnonymousPipeClientStream(PipeDirection.Out, new SafePipeHandle(requests, ownsHandle: true));
        _answers = new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(answers, ownsHandle: true));
        _hurry = hurry;
        _log = log;
        Descriptors = $"in: {requests} out: {answers}";
    }

    /// <summary>Both descriptors, for the log.</summary>
    public string Descriptors { get; }

    /// <summary>It has given at least one whole answer.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Starts <paramref name="path"/> with our environment, stderr and user.</summary>
    /// <param name="path">The program.</param>
    /// <param name="log">Takes the debug lines.</param>
    /// <param name="hurry">Cancelled when this process is about to end: the program then gets less time to end.</param>
    /// <exception cref="LibcException">The program cannot be started.</exception>
    public static PipeProgram Start(string path, Log log, CancellationToken hurry)
    {
        log.Debug("attempting to fork");
        (int input, int requests) = Linux.Files.Descriptors.Pipe();
        (int answers, int output) = Linux.Files.Descriptors.Pipe();
        try
        {
            ChildProgram program = new(path, [path], Environment(), []) { Input = input, Output = output };
            int pid = ChildProcess.Start(program);
            log.Debug($"Pipe auth. started Pipe-program (pid {pid})");
            log.Debug($"new pipe has in: {requests}, out: {answers}");
            log.Debug($"executing {WireText.FromUnicode(path)}");
            return new PipeProgram(pid, requests, answers, log, hurry);
        }
        catch
        {
            Linux.Files.Descriptors.Close(requests);
            Linux.Files.Descriptors.Close(answers);
            throw;
        }
        finally
        {
            Linux.Files.Descriptors.Close(input);
            Linux.Files.Descriptors.Close(output);
        }
    }

    /// <summary>Whether it can take a request: it runs and has written nothing unasked. This costs a system call, so that a late
    /// answer is never taken for that of the next request.</summary>
    public bool IsFit()
    {
        bool fit = _start == _end && !Linux.Files.Descriptors.HasInput(_answersDescriptor);
        if (!fit)
        {
            _log.Debug($"child died or sent spurious data (pid: {_pid})");
        }

        return fit;
    }

    /// <summary>Sends a request (wire text).</summary>
    /// <exception cref="ProgramEndedException">The program does not read its input any more.</exception>
    public async Task SendAsync(string request, CancellationToken cancel)
    {
        byte[] bytes = WireText.ToBytes(request);
        try
        {
            await _requests.WriteAsync(bytes, cancel);
        }
        catch (IOException)
        {
            throw new ProgramEndedException(isUnread: true);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes); // it may hold a password
        }

        _hasSaidSomething = false;
    }

    /// <summary>The next line of the answer, without its LF.</summary>
    public async ValueTask<string> ReadLineAsync(CancellationToken cancel)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            await FillAsync(cancel);
        }

        string line = WireText.FromBytes(_buffer.AsSpan(_start, length));
        _start += length + 1;
        return line;
    }

    /// <summary>Ends a complete answer.</summary>
    /// <exception cref="IOException">More bytes follow it, so the
    /// program's answers can no longer be matched to requests.</exception>
    public void EndAnswer()
    {
        if (_start != _end)
        {
            throw new IOException("it answered more than it was asked");
        }

        HasAnswered = true;
    }

    /// <summary>Closes the pipes and makes sure that the process ends, which callers need not wait for.</summary>
    public async ValueTask DisposeAsync()
    {
        _log.Debug("closing pipe");
        await _requests.DisposeAsync();
        await _answers.DisposeAsync();
        CryptographicOperations.ZeroMemory(_buffer);
        _log.Debug($"trying to wait for child (WNOHANG) (pid {_pid})");
        if (ChildProcess.Reap(_pid) is not null)
        {
            return;
        }

        _log.Debug($"sleep 2 seconds and try again to wait for pid {_pid}");
        if (await EndsWithinAsync(Grace))
        {
            return;
        }

        _log.Debug($"killing (SIGTERM) child pid {_pid}");
        ChildProcess.Signal(_pid, SigTerm);
        if (await EndsWithinAsync(TermLimit))
        {
            return;
        }

        _log.Debug($"killing (SIGKILL) child pid {_pid}");
        ChildProcess.Signal(_pid, SigKill);
        await EndsWithinAsync(TermLimit);
    }

    /// <summary>Our environment without the variables that tune this
    /// daemon's runtime: the program may be a .NET program, too.</summary>
    private static List<string> Environment() =>
        WireEnvironment.Entries(WireEnvironment.Own
            .Where(static pair => !pair.Key.StartsWith("DOTNET_SYSTEM_NET_SOCKETS_", StringComparison.Ordinal))
            .ToDictionary());

    private async ValueTask FillAsync(CancellationToken cancel)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            throw new IOException($"it sent a line of more than {MaxLine} bytes");
        }

        int count = await _answers.ReadAsync(_buffer.AsMemory(_end), cancel);
        if (count == 0)
        {
            throw _hasSaidSomething
                ? new IOException("it ended, or closed its output, without a whole answer")
                : new ProgramEndedException(isUnread: false);
        }

        _hasSaidSomething = true;

        _end += count;
    }

    private async Task<bool> EndsWithinAsync(TimeSpan limit)
    {
        long began = System.Environment.TickCount64;
        while (ChildProcess.Reap(_pid) is null)
        {
            TimeSpan left = (_hurry.IsCancellationRequested ? HurriedLimit : limit)
                - TimeSpan.FromMilliseconds(System.Environment.TickCount64 - began);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await Task.Delay(ReapInterval, CancellationToken.None);
        }

        return true;
    }
}
