// The commands beside the daemon itself, by name.
namespace Authd;

/// <summary>The explicit list of commands: one line each.</summary>
internal static class ToolCommands
{
    /// <summary>The command called <paramref name="name"/>, or <c>null</c>.</summary>
    internal static Func<string[], int>? Find(string name) => name switch
    {
        _ => null,
    };
}
