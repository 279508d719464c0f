// One finished line of the log, on its way to whoever reads it.
namespace Authd.Core.Logging;

/// <summary>A line whose text is clean already.</summary>
/// <param name="Level">Its level.</param>
/// <param name="Text">Without prefix and line end.</param>
/// <param name="Login">The line's parts, when it is the line of a login; else <c>null</c>.</param>
public readonly record struct LogLine(LogLevel Level, string Text, LoginReport? Login = null);
