using Microsoft.Win32.SafeHandles;

namespace Authd.Linux.Files;

/// <summary>Opens a fixed list of files for a process that may not open them itself. Callable from any thread.</summary>
public interface IFileBroker
{
    /// <summary>Whether it opens this file.</summary>
    bool Covers(string path);

    /// <summary>Opens a regular file for reading; <c>null</c> when it does not exist.</summary>
    /// <exception cref="Native.LibcException">The file cannot be opened.</exception>
    SafeFileHandle? Open(string path);

    /// <summary>A file's stamp, at most a second old; <c>null</c> when it is not available.</summary>
    FileStamp? StampOf(string path);
}
