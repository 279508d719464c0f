// authdaemonrc: a shell file that the C daemon's start script sourced and the daemon read once more by itself.
using System.Diagnostics.CodeAnalysis;

namespace Authd.Core.Configuration;

/// <summary>
/// The settings of an authdaemonrc, read as the shell reads it (<c>set -a; . authdaemonrc</c>). The C daemon's own, simpler
/// reader of <c>authmodulelist</c> and <c>daemons</c> agrees with the shell on every line that both understand; where they
/// differ, the administrator meant the shell's reading.
/// </summary>
/// <remarks>
/// Not an <c>IConfiguration</c>: its keys are compared without case and split at colons, these names are the environment's.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Named after the file; it is no collection.")]
public sealed class Authdaemonrc
{
    private readonly Func<string, string?> _environment;

    private Authdaemonrc(
        string fileName,
        Dictionary<string, string> variables,
        Dictionary<string, int> lines,
        List<string> warnings,
        Func<string, string?> environment)
    {
        Lines = lines;
        FileName = fileName;
        Variables = variables;
        Warnings = warnings;
        _environment = environment;
    }

    /// <summary>The file's name, for messages.</summary>
    public string FileName { get; }

    /// <summary>The file's variables by exact name; wire text. All of them belong in the environment of workers.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>The line that sets each of them, the last one where there are several.</summary>
    public IReadOnlyDictionary<string, int> Lines { get; }

    /// <summary>Log texts about doubtful settings, each with file and line.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The file's value, else that of the process environment; wire text.</summary>
    public string? this[string name] => Variables.GetValueOrDefault(name) ?? _environment(name);

    /// <summary>The line that sets a variable, from 1; 0 when none does.</summary>
    public int LineOf(string name) => Lines.GetValueOrDefault(name);

    /// <summary>Reads a file's content.</summary>
    /// <param name="fileName">The file's name, for messages.</param>
    /// <param name="content">The file's bytes, in any character set.</param>
    /// <param name="environment">The process environment; wire text.</param>
    /// <exception cref="ConfigurationException">The file holds other things than plain assignments.</exception>
    public static Authdaemonrc Parse(string fileName, ReadOnlySpan<byte> content, Func<string, string?> environment)
    {
        List<string> warnings = [];
        string text = RcDoubts.WithoutByteOrderMark(fileName, WireText.FromBytes(content), warnings);
        if (text.Contains("\r\n", StringComparison.Ordinal))
        {
            warnings.Add($"{fileName}: lines end in CR LF; the CRs are ignored");
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        }

        ShellAssignmentReader reader = new(fileName, text, environment);
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        Dictionary<string, int> lines = new(StringComparer.Ordinal);
        foreach (ShellAssignment assignment in reader.ReadAll())
        {
            variables[assignment.Name] = assignment.Value;
            lines[assignment.Name] = assignment.Line;
            if (!reader.Used.Contains(assignment.Name) && KnownVariables.Doubt(assignment.Name) is { } doubt)
            {
                warnings.Add($"{fileName}:{assignment.Line}: {doubt}");
            }

            // A module's name is looked at where modules are known.
            if (assignment.Name != "authmodulelist" && RcDoubts.Mark(assignment.Value) is { } mark)
            {
                warnings.Add($"{fileName}:{assignment.Line}: {assignment.Name}: there is {mark} in the value: type it anew as plain ASCII");
            }
        }

        return new Authdaemonrc(fileName, variables, lines, warnings, environment);
    }
}
