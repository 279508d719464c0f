// A GDBM file that cannot be read.
namespace Authd.Modules.Userdb;

/// <summary>A GDBM file is damaged, of an unknown kind, or not readable. The message names the file.</summary>
public sealed class GdbmException : IOException
{
    /// <summary>No details.</summary>
    public GdbmException() { }

    /// <summary>With the file's name and what is wrong.</summary>
    public GdbmException(string message) : base(message) { }

    /// <summary>With the file's name, what is wrong, and its cause.</summary>
    public GdbmException(string message, Exception inner) : base(message, inner) { }
}
