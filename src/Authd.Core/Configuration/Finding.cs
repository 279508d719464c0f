// One thing that a check has to say about the configuration.
namespace Authd.Core.Configuration;

/// <summary>The weight of a finding.</summary>
public enum FindingKind
{
    /// <summary>The daemon cannot do what the file says.</summary>
    Error,

    /// <summary>It looks odd.</summary>
    Warning,

    /// <summary>A server, or a file, has been tried and is in order.</summary>
    Good,
}

/// <summary>A line of <c>authdaemond check</c>.</summary>
/// <param name="Kind">Its weight.</param>
/// <param name="Text">File, line and key, and the cure; wire text or plain ASCII.</param>
public readonly record struct Finding(FindingKind Kind, string Text)
{
    private static readonly (FindingKind Kind, string Word)[] Words =
        [(FindingKind.Error, "ERROR "), (FindingKind.Warning, "WARN "), (FindingKind.Good, "ok ")];

    /// <summary>An error or a warning.</summary>
    public Finding(bool isError, string text) : this(isError ? FindingKind.Error : FindingKind.Warning, text)
    {
    }

    /// <summary>The daemon cannot do what the file says.</summary>
    public bool IsError => Kind == FindingKind.Error;

    /// <inheritdoc/>
    public override string ToString() => Words[(int)Kind].Word + Text;

    /// <summary>Reads the output of <see cref="ToString"/>; <c>null</c> for any other line.</summary>
    public static Finding? Parse(string line)
    {
        foreach ((FindingKind kind, string word) in Words)
        {
            if (line.StartsWith(word, StringComparison.Ordinal))
            {
                return new Finding(kind, line[word.Length..]);
            }
        }

        return null;
    }
}
