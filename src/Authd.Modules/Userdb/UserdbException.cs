// A userdb that cannot be made into databases.
namespace Authd.Modules.Userdb;

/// <summary>What is wrong with the text files, in the words of courier-authlib's programs.</summary>
public sealed class UserdbException : IOException
{
    /// <summary>No details.</summary>
    public UserdbException() { }

    /// <summary>With what is wrong.</summary>
    public UserdbException(string message) : base(message) { }

    /// <summary>With what is wrong and its cause.</summary>
    public UserdbException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With what is wrong and how the program that says so ends.</summary>
    public UserdbException(string message, int exitCode) : base(message) => ExitCode = exitCode;

    /// <summary>Exit code of the program.</summary>
    public int ExitCode { get; } = 1;
}
