// Positioned reads of a file through a small cache: a lookup touches the same few pages again and again.
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Userdb;

/// <summary>
/// Reads a file that nobody changes in place; for one thread at a time. Not a memory map: a file cut short under a map
/// kills the process with SIGBUS, here it is an exception.
/// </summary>
/// <param name="file">The file, disposed with this.</param>
/// <param name="path">For messages.</param>
public sealed class PagedFile(SafeFileHandle file, string path) : IDisposable
{
    private const int PageSize = 4096;

    /// <summary>At most 2 MiB: the whole database of some 10,000 accounts, the active accounts of a larger one.</summary>
    private const int Places = 512;

    private readonly (long Number, byte[]? Bytes)[] _pages = new (long, byte[]?)[Places];

    /// <summary>The file's length when it was opened, in bytes.</summary>
    public long Length { get; } = RandomAccess.GetLength(file);

    /// <summary>Fills <paramref name="buffer"/> with what stands at <paramref name="offset"/>.</summary>
    /// <exception cref="GdbmException">The file ends before that.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        if (offset < 0 || offset > Length - buffer.Length)
        {
            throw TooShort();
        }

        while (!buffer.IsEmpty)
        {
            (long number, long at) = Math.DivRem(offset, PageSize);
            ReadOnlySpan<byte> page = Page(number)[(int)at..];
            int count = Math.Min(page.Length, buffer.Length);
            page[..count].CopyTo(buffer);
            buffer = buffer[count..];
            offset += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>A page from memory, or read into the place of the page that had its place in memory.</summary>
    private ReadOnlySpan<byte> Page(long number)
    {
        ref (long Number, byte[]? Bytes) place = ref _pages[number % Places];
        int length = (int)Math.Min(PageSize, Length - (number * PageSize));
        if (place.Bytes is null || place.Number != number)
        {
            byte[] bytes = place.Bytes ?? new byte[PageSize];
            // Forgotten first: the read may fail half way.
            place = default;
            if (!ExactRead.TryFill(file, number * PageSize, bytes.AsSpan(0, length)))
            {
                throw TooShort();
            }

            place = (number, bytes);
        }

        return place.Bytes.AsSpan(0, length);
    }

    private GdbmException TooShort() => new($"{path}: damaged: the file ends early");
}
