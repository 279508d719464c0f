using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Authd.Tests.Support;

/// <summary>Runs programs to their end. Their environment is PATH and the caller's additions; nothing is inherited.</summary>
public static class ProcessRunner
{
    /// <summary>The time after which a program that should end counts as hung.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="input">Standard input, one char a byte.</param>
    /// <param name="environment">Added to the clean environment.</param>
    /// <exception cref="TimeoutException">It did not end within <see cref="Limit"/>, and has been killed.</exception>
    public static async Task<ProgramResult> RunAsync(
        IEnumerable<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = StartInfo(command, environment);
        start.RedirectStandardOutput = true;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await FeedAsync(process, input);
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', start.ArgumentList)} did not end; stderr: {await error}");
        }

        return new ProgramResult(process.ExitCode, await output, await error);
    }

    /// <summary>Like <see cref="RunAsync"/>, for a program whose failure is the test's failure.</summary>
    /// <exception cref="InvalidOperationException">The exit code was not 0.</exception>
    public static async Task<string> RunOrThrowAsync(IEnumerable<string> command, string input = "")
    {
        string[] words = [.. command];
        ProgramResult result = await RunAsync(words, input);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"{string.Join(' ', words)}: {result.ExitCode}\n{result.Output}{result.Error}");
    }

    /// <summary>Sends a signal (<c>TERM</c>, <c>HUP</c>, ...) to one process.</summary>
    /// <exception cref="InvalidOperationException">The process does not exist.</exception>
    public static async Task SignalAsync(int pid, string signal)
    {
        if (!await TrySignalAsync(pid, signal))
        {
            throw new InvalidOperationException($"there is no process {pid} to send {signal} to");
        }
    }

    /// <summary>Like <see cref="SignalAsync"/>; false when the process has ended.</summary>
    public static async Task<bool> TrySignalAsync(int pid, string signal)
    {
        string number = pid.ToString(CultureInfo.InvariantCulture);
        return (await RunAsync(["sh", "-c", "kill -\"$1\" \"$2\"", "sh", signal, number])).ExitCode == 0;
    }

    /// <summary>A start of <paramref name="command"/> with its standard streams redirected.</summary>
    internal static ProcessStartInfo StartInfo(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment)
    {
        string[] words = [.. command];
        ProcessStartInfo start = new(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.Latin1,
            StandardInputEncoding = Encoding.Latin1,
            StandardOutputEncoding = Encoding.Latin1,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task FeedAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program may end before it has read its input; its exit code tells.
        }
    }
}
