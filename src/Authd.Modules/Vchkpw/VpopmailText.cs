// The lines of vpopmail's and qmail's text files.
using System.Text;

namespace Authd.Modules.Vchkpw;

/// <summary>Reads text files as wire text, one line after the other.</summary>
internal static class VpopmailText
{
    private static readonly FileStreamOptions Shared = new() { Share = FileShare.ReadWrite | FileShare.Delete };

    /// <summary>The lines of a file; none when there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        using StreamReader? reader = File.Exists(path) ? new StreamReader(path, Encoding.Latin1, false, Shared) : null;
        while (reader?.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
