// The file that tells others which process this is.
using System.Globalization;
using System.Text;

namespace Authd.Interop;

/// <summary>A pid and a line end.</summary>
public static class PidFile
{
    private const UnixFileMode AllMayRead = (UnixFileMode)0x1B6; // 0666, of which the umask leaves 0644

    /// <summary>Writes this process's pid to a new file, in place of an old one or of whatever has that name.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n");
        using TrustedFiles files = TrustedFiles.Beside(path);
        files.Renew(TrustedFiles.NameOf(path), AllMayRead, Encoding.ASCII.GetBytes(text));
    }
}
