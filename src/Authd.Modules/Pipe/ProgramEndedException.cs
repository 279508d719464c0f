namespace Authd.Modules.Pipe;

/// <summary>The program ended, or closed its pipe, before it had answered a byte.</summary>
/// <param name="isUnread">The program closed its input before the
/// whole request was written, so it cannot have acted on it.</param>
internal sealed class ProgramEndedException(bool isUnread) : IOException("it ended, or closed its output, without an answer")
{
    /// <summary>Whether the program cannot have read the whole request.</summary>
    public bool IsUnread { get; } = isUnread;
}
