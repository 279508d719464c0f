// A C library call that failed, with the reason in the C library's words.
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>A failed C library call: the message is <c>what: strerror</c>.</summary>
public sealed class LibcException : IOException
{
    /// <summary>No details.</summary>
    public LibcException() { }

    /// <summary>With a text of its own.</summary>
    public LibcException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public LibcException(string message, Exception inner) : base(message, inner) { }

    /// <summary><paramref name="what"/> failed with <paramref name="errno"/>.</summary>
    public LibcException(string what, int errno)
        : base($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}") => Errno = errno;

    /// <summary>The errno.</summary>
    public int Errno { get; }

    /// <summary>The last P/Invoke's errno as an exception.</summary>
    internal static LibcException Last(string what) => new(what, Marshal.GetLastPInvokeError());
}
