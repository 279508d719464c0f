namespace Authd.Modules.Userdb;

/// <summary>A userdb that cannot be made into databases; the message is worded as in courier-authlib's programs.</summary>
public sealed class UserdbException : IOException
{
    /// <summary>No details.</summary>
    public UserdbException() { }

    /// <summary>With the fault.</summary>
    public UserdbException(string message) : base(message) { }

    /// <summary>With the fault and its cause.</summary>
    public UserdbException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the fault and the exit code of the program that reports it.</summary>
    public UserdbException(string message, int exitCode) : base(message) => ExitCode = exitCode;

    /// <summary>Exit code of the program.</summary>
    public int ExitCode { get; } = 1;
}
