using Authd.Core;
using Authd.Tools;

namespace Authd.Tests.Unit.Tools;

/// <summary>A command that runs inside the test, with streams and
/// variables of the test's own: its exit code and output.</summary>
internal sealed record ToolRun(int Code, string Output, string Error)
{
    /// <summary>Runs <paramref name="tool"/>.</summary>
    /// <param name="tool">Takes the environment, returns the exit code.</param>
    /// <param name="socketPath">The daemon's socket.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="variables">Environment variables.</param>
    /// <param name="terminal">Whether the input counts as a terminal.</param>
    public static ToolRun Of(
        Func<ToolEnvironment, int> tool,
        string socketPath = "/nonexistent/socket",
        string input = "",
        IReadOnlyDictionary<string, string>? variables = null,
        bool terminal = false)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        using MemoryStream hidden = new();
        int code = tool(new ToolEnvironment
        {
            Input = new MemoryStream(WireText.ToBytes(input)),
            Output = output,
            Error = error,
            Variable = name => variables?.GetValueOrDefault(name),
            FindSocket = () => socketPath,
            HideInput = () => terminal ? hidden : null,
            IsTerminal = terminal,
        });
        return new ToolRun(code, WireText.FromBytes(output.ToArray()), WireText.FromBytes(error.ToArray()));
    }
}
