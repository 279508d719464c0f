namespace Authd.Linux.Files;

/// <summary>A path was refused because another user could have put the file
/// there. The message names the path, its owner and the cure.</summary>
public sealed class UntrustedFileException : IOException
{
    /// <summary>An exception without details.</summary>
    public UntrustedFileException() { }

    /// <summary>With a text.</summary>
    public UntrustedFileException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public UntrustedFileException(string message, Exception inner) : base(message, inner) { }
}
