// What the shell reader finds in a file: one assignment.
namespace Authd.Core.Configuration;

/// <summary>One assignment of a shell file, expanded.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Its value after quotes and variables are resolved; wire text.</param>
/// <param name="Line">Where the assignment begins, from 1.</param>
internal sealed record ShellAssignment(string Name, string Value, int Line);
