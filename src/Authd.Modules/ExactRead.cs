// Positioned reads that either fill their buffer or tell that the file ends before.
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules;

/// <summary>Reads whole pieces of a file.</summary>
internal static class ExactRead
{
    /// <summary>Fills <paramref name="buffer"/> with what stands at <paramref name="offset"/>; false: the file ends
    /// earlier.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static bool TryFill(SafeFileHandle file, long offset, Span<byte> buffer)
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
