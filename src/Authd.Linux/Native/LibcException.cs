using System.Runtime.InteropServices;

namespace Authd.Linux.Native;

/// <summary>A failed C library call: the message is <c>what: strerror</c>.</summary>
public sealed class LibcException : IOException
{
    /// <summary>An exception without details.</summary>
    public LibcException() { }

    /// <summary>With a message.</summary>
    public LibcException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public LibcException(string message, Exception inner) : base(message, inner) { }

    /// <summary><paramref name="what"/> failed with <paramref name="errno"/>.</summary>
    public LibcException(string what, int errno)
        : base($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}") => Errno = errno;

    /// <summary>The errno.</summary>
    public int Errno { get; private init; }

    /// <summary>A failure reported by another process.</summary>
    internal static LibcException Told(string message, int errno) => new(message) { Errno = errno };

    /// <summary>The last P/Invoke's errno as an exception.</summary>
    internal static LibcException Last(string what) => new(what, Marshal.GetLastPInvokeError());
}
