using System.Diagnostics;

namespace Authd.Tests.Support;

/// <summary>A running program that a test talks to line by line, e.g. an IMAP server on a pipe; lines end in CR LF.</summary>
public sealed class Conversation : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    /// <summary>Starts the program.</summary>
    public Conversation(IEnumerable<string> command, IReadOnlyDictionary<string, string> environment)
    {
        _process = Process.Start(ProcessRunner.StartInfo(command, environment))!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Sends a line.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\r\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Reads lines up to the first that begins with <paramref name="prefix"/>, or to the end.</summary>
    public async Task<IReadOnlyList<string>> ReadToAsync(string prefix)
    {
        List<string> lines = [];
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(ProcessRunner.Limit) is { } line)
        {
            lines.Add(line.TrimEnd('\r'));
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }
        }

        return lines;
    }

    /// <summary>Ends its input, waits for its end and returns its standard error.</summary>
    public async Task<string> EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(ProcessRunner.Limit);
        return await _error;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
