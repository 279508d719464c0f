using Microsoft.Win32.SafeHandles;

namespace Authd.Linux.Files;

/// <summary>Reads configuration files as a whole: directly where this process may, else through the broker.</summary>
public static class RootFiles
{
    /// <summary>The broker of the whole process, which opens files that it may not open itself; <c>null</c>: none.</summary>
    public static IFileBroker? Broker { get; set; }

    /// <summary>The longest configuration file, bytes.</summary>
    private const int Longest = 16 << 20;

    /// <summary>Whether <paramref name="path"/> exists.</summary>
    public static bool Exists(string path) => FileStamp.Of(FileStamp.Name(path)) is not null;

    /// <summary>The bytes of <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The process may
    /// not read the file, and the broker does not open it.</exception>
    public static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (UnauthorizedAccessException) when (Broker?.Covers(path) == true)
        {
            using SafeFileHandle file = Broker.Open(path)
                ?? throw new FileNotFoundException($"Could not find file '{path}'.");
            if (RandomAccess.GetLength(file) > Longest)
            {
                throw new IOException($"{path}: longer than {Longest >> 20} MiB");
            }

            return TrustedFiles.ReadFrom(file, 0, path);
        }
    }
}
