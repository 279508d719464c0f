namespace Authd.Modules.Userdb.Gdbm;

/// <summary>A GDBM file is damaged, of an unknown kind, or not readable. The message names the file.</summary>
public sealed class GdbmException : IOException
{
    /// <summary>No details.</summary>
    public GdbmException() { }

    /// <summary>With the file's name and its fault.</summary>
    public GdbmException(string message) : base(message) { }

    /// <summary>With the file's name, its fault, and the cause.</summary>
    public GdbmException(string message, Exception inner) : base(message, inner) { }
}
