namespace Authd.Core.Configuration;

/// <summary>A configuration file is wrong. The message reads <c>FILE:LINE: problem</c> for every kind of file.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>An exception without details.</summary>
    public ConfigurationException() { }

    /// <summary>With a complete message.</summary>
    public ConfigurationException(string message) : base(message) { }

    /// <summary>With a complete message, and its cause.</summary>
    public ConfigurationException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Several problems, each with its place; the message has one a line.</summary>
    public ConfigurationException(IReadOnlyList<string> problems) : base(string.Join('\n', problems)) { }

    /// <summary>The problems, one by one.</summary>
    public IReadOnlyList<string> Problems => Message.Split('\n');

    /// <summary>With the place of the problem.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="line">Line number from 1; 0 for a problem without a single line.</param>
    /// <param name="problem">The problem, with the key's name if it has one.</param>
    public ConfigurationException(string file, int line, string problem)
        : base(line > 0 ? $"{file}:{line}: {problem}" : $"{file}: {problem}")
    {
    }
}
