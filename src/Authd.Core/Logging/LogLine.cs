namespace Authd.Core.Logging;

/// <summary>A finished line of the log; its text is clean.</summary>
/// <param name="Level">Its level.</param>
/// <param name="Text">Without prefix and line end.</param>
/// <param name="Login">The facts of the line of a login; else <c>null</c>.</param>
public readonly record struct LogLine(LogLevel Level, string Text, LoginReport? Login = null);
