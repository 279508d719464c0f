using Microsoft.Win32.SafeHandles;

namespace Authd.Linux.Files;

/// <summary>Reads whole pieces of a file.</summary>
public static class PositionedRead
{
    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>
    /// on; false: the file ends before the buffer is full.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool TryFill(SafeFileHandle file, long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = RandomAccess.Read(file, buffer, offset);
            if (count == 0)
            {
                return false;
            }

            offset += count;
            buffer = buffer[count..];
        }

        return true;
    }
}
