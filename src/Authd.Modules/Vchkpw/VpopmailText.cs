using Authd.Core;
using Authd.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Vchkpw;

/// <summary>Reads vpopmail's and qmail's text files as wire text, line by line.</summary>
internal static class VpopmailText
{
    /// <summary>The longest line: a hole in a file would be a line of gigabytes.</summary>
    private const int MaxLine = 1 << 20;

    private const int FirstBuffer = 8192;

    /// <summary>The lines of a file; empty when it does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="open">Opens the file; <c>null</c>: <see cref="TrustedFiles.OpenRead"/>.</param>
    /// <exception cref="IOException">The file cannot be read, or is not trusted.</exception>
    public static IEnumerable<string> Lines(string path, Func<string, SafeFileHandle?>? open = null)
    {
        using SafeFileHandle? file = (open ?? TrustedFiles.OpenRead)(path);
        if (file is null)
        {
            yield break;
        }

        byte[] buffer = new byte[FirstBuffer];
        int start = 0; // of the bytes read and not yet returned
        int filled = 0;
        long offset = 0;
        bool afterReturn = false; // the line feed after a carriage return does not end another line
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

            // The rest is the beginning of a line.
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
