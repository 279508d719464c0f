// A file that somebody else may have put in another one's place.
namespace Authd.Interop;

/// <summary>A path was refused: the message names it, whose it is, and what to do.</summary>
public sealed class UntrustedFileException : IOException
{
    /// <summary>No details.</summary>
    public UntrustedFileException() { }

    /// <summary>With a text.</summary>
    public UntrustedFileException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public UntrustedFileException(string message, Exception inner) : base(message, inner) { }
}
