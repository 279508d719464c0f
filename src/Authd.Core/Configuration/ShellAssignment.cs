namespace Authd.Core.Configuration;

/// <summary>One assignment in a shell file, expanded.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Its value after quotes and variables are resolved; wire text.</param>
/// <param name="Line">The assignment's first line, from 1.</param>
internal sealed record ShellAssignment(string Name, string Value, int Line);
