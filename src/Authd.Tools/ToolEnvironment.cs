using System.Text;
using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Tools;

/// <summary>The parts of its process that a command uses, so that a
/// test can replace them. Text is wire text: one char a byte.</summary>
public sealed record ToolEnvironment
{
    /// <summary>Standard input.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output.</summary>
    public required Stream Output { get; init; }

    /// <summary>Standard error.</summary>
    public required Stream Error { get; init; }

    /// <summary>An environment variable's value, or <c>null</c>.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Finds the daemon's socket. Only commands that need it
    /// call this, because it may read the whole configuration.</summary>
    public required Func<string> FindSocket { get; init; }

    /// <summary>Switches the echo off until disposed if the input is a terminal; else <c>null</c>.</summary>
    public Func<IDisposable?> HideInput { get; init; } = static () => null;

    /// <summary>Whether the input is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The environment of this process. The process ends when the reader of its output is gone. Messages on a stderr
    /// that it was started without are lost.</summary>
    public static ToolEnvironment OfProcess(Func<string> findSocket)
    {
        Descriptors.EndOnBrokenPipe();
        return new ToolEnvironment
        {
            Input = DescriptorStream.Input,
            Output = DescriptorStream.Output,
            Error = Descriptors.WasInherited(Descriptors.Stderr) ? new DescriptorStream(Descriptors.Stderr) : Stream.Null,
            Variable = static name => Environment.GetEnvironmentVariable(name) is { } value ? WireText.FromUnicode(value) : null,
            FindSocket = findSocket,
            HideInput = Terminal.HideInput,
            IsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
        };
    }

    /// <summary>The last <paramref name="count"/> of this process's arguments, byte for byte. .NET's own are decoded as UTF-8 and
    /// lose other bytes, but a password may be any bytes.</summary>
    public static string[] WireArguments(int count) =>
        WireText.FromBytes(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1][^count..];

    /// <summary>Reads a line of standard input, without its end; <c>null</c> at the end of input.</summary>
    public string? ReadLine()
    {
        int octet = Input.ReadByte();
        if (octet < 0)
        {
            return null;
        }

        StringBuilder line = new();
        for (; octet is >= 0 and not '\n'; octet = Input.ReadByte())
        {
            line.Append((char)octet);
        }

        return line.ToString();
    }

    /// <summary>Writes to standard output.</summary>
    public void Print(string text) => Output.Write(WireText.ToBytes(text));

    /// <summary>Writes to standard error.</summary>
    public void Complain(string text) => Error.Write(WireText.ToBytes(text));
}
