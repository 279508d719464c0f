// Everything a command touches of its process, so that a test can stand in for it.
using System.Text;
using Authd.Core;
using Authd.Interop;

namespace Authd.Tools;

/// <summary>A command's surroundings. Text is wire text: one char a byte.</summary>
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

    /// <summary>Finds the daemon's socket: for commands that need it, for it may take reading the whole configuration.</summary>
    public required Func<string> FindSocket { get; init; }

    /// <summary>Switches the echo off until disposed, when the input is a terminal; else <c>null</c>.</summary>
    public Func<IDisposable?> HideInput { get; init; } = static () => null;

    /// <summary>Whether the input is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>This process's own surroundings. When nobody reads its output any more, the process ends. What would
    /// be said on a stderr that it was started without is lost.</summary>
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
        };
    }

    /// <summary>The last <paramref name="count"/> of this process's arguments, byte for byte: .NET's own decode UTF-8 and
    /// lose what is none, and a password may be any bytes.</summary>
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
