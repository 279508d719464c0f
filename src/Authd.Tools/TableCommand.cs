// What authpostfix and authcleanup have in common: one use of a login table, silent when it succeeds.
using Authd.Modules.Postfix;

namespace Authd.Tools;

/// <summary>Opens a login table, uses it once, and words what goes wrong.</summary>
internal static class TableCommand
{
    /// <summary>Uses the table; the exit code.</summary>
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
