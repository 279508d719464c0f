// A configuration file that cannot be used: the same form of message for every kind of file.
namespace Authd.Core.Configuration;

/// <summary>A configuration file is wrong. The message reads <c>FILE:LINE: what is wrong</c>.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>No details.</summary>
    public ConfigurationException() { }

    /// <summary>With a message that says everything.</summary>
    public ConfigurationException(string message) : base(message) { }

    /// <summary>With a message that says everything, and its cause.</summary>
    public ConfigurationException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Names the place.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="line">Line number from 1; 0 when no single line is to blame.</param>
    /// <param name="problem">What is wrong there, with the key's name where there is one.</param>
    public ConfigurationException(string file, int line, string problem)
        : base(line > 0 ? $"{file}:{line}: {problem}" : $"{file}: {problem}")
    {
    }
}
