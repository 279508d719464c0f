namespace Authd.Tests.Support;

/// <summary>A finished program.</summary>
/// <param name="ExitCode">Its exit code (128 + n when it died of signal n).</param>
/// <param name="Output">Standard output, one char a byte.</param>
/// <param name="Error">Standard error, one char a byte.</param>
public sealed record ProgramResult(int ExitCode, string Output, string Error);
