// The lines of vpopmail's and qmail's text files.
using Authd.Core;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Vchkpw;

/// <summary>Reads text files as wire text, one line after the other.</summary>
internal static class VpopmailText
{
    /// <summary>No line is longer: a hole in a file would be a line of gigabytes.</summary>
    private const int MaxLine = 1 << 20;

    private const int FirstBuffer = 8192;

    /// <summary>The lines of a file; none when there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="open">Opens it; <c>null</c>: as <see cref="TrustedFiles.OpenRead"/> does.</param>
    /// <exception cref="IOException">It cannot be read, or others may have put it there.</exception>
    public static IEnumerable<string> Lines(string path, Func<string, SafeFileHandle?>? open = null)
    {
        using SafeFileHandle? file = (open ?? TrustedFiles.OpenRead)(path);
        if (file is null)
        {
            yield break;
        }

        byte[] buffer = new byte[FirstBuffer];
        int start = 0; // of what has been read and not yet returned
        int filled = 0;
        long offset = 0;
        bool afterReturn = false; // the line feed behind a carriage return ends no line of its own
        int count;
        do
        {
            count = RandomAccess.Read(file, buffer.AsSpan(filled), offset);
            offset += count;
            filled += count;
            if (afterReturn && start < filled)
            {
                start += buffer[start] == '\n' ? 1 : 0;
                afterReturn = false;
            }

            int length;
            while ((length = buffer.AsSpan(start, filled - start).IndexOfAny((byte)'\r', (byte)'\n')) >= 0)
            {
                string line = WireText.FromBytes(buffer.AsSpan(start, length));
                start += length + 1;
                if (buffer[start - 1] == '\r')
                {
                    afterReturn = start == filled;
                    start += start < filled && buffer[start] == '\n' ? 1 : 0;
                }

                yield return line;
            }

            // What is left is the beginning of a line.
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            start = 0;
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, filled < MaxLine ? 2 * filled : throw new IOException($"{path}: damaged: an endless line"));
            }
        }
        while (count > 0);

        if (filled > 0)
        {
            yield return WireText.FromBytes(buffer.AsSpan(0, filled));
        }
    }
}
