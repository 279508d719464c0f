using Authd.Modules.PostfixRelay;

namespace Authd.Tools;

/// <summary>The common part of authpostfix and authcleanup: opens a login table, uses it once, and reports failures. It is silent
/// when it succeeds.</summary>
internal static class TableCommand
{
    /// <summary>Uses the table; returns the exit code.</summary>
    internal static int Run(string command, string notation, Action<ILoginTable> use, ToolEnvironment environment)
    {
        try
        {
            using ILoginTable table = LoginTable.Open(notation, Path.GetDirectoryName(environment.FindSocket())!);
            use(table);
            return 0;
        }
        catch (Exception failure) when (LoginTable.Explain(failure) is { } reason)
        {
            environment.Complain($"{command}: {reason}\n");
            return 1;
        }
    }
}
