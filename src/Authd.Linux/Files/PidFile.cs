using System.Globalization;
using System.Text;

namespace Authd.Linux.Files;

/// <summary>The file with the process id of the daemon: a number and a line end.</summary>
public static class PidFile
{
    private const UnixFileMode AllMayRead = (UnixFileMode)0x1B6; // 0666, of which the umask leaves 0644

    /// <summary>Writes this process's id to a new file, in place of any file of that name.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n");
        using TrustedFiles files = TrustedFiles.Beside(path);
        files.Renew(TrustedFiles.NameOf(path), AllMayRead, Encoding.ASCII.GetBytes(text));
    }
}
