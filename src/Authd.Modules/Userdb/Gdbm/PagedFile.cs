// Positioned reads of a file through a small cache, because lookups read the same few pages repeatedly.
using Authd.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Authd.Modules.Userdb.Gdbm;

/// <summary>
/// Reads a file that is never changed in place, for one thread at a time. It is not a memory map: a file cut short under a map
/// kills the process with SIGBUS; here it is an exception.
/// </summary>
/// <param name="file">The file; disposed of with this object.</param>
/// <param name="path">Its path, for messages.</param>
public sealed class PagedFile(SafeFileHandle file, string path) : IDisposable
{
    private const int PageSize = 4096;

    /// <summary>At most 2 MiB: the whole database of some 10,000 accounts, or the active accounts of a larger one.</summary>
    private const int Places = 512;

    private readonly (long Number, byte[]? Bytes)[] _pages = new (long, byte[]?)[Places];

    /// <summary>The file's length when it was opened, in bytes.</summary>
    public long Length { get; } = RandomAccess.GetLength(file);

    /// <summary>Fills <paramref name="buffer"/> with the bytes at <paramref name="offset"/>.</summary>
    /// <exception cref="GdbmException">The file ends before the buffer is full.</exception>
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

    /// <summary>A page from the cache, or read into the cache in place of another.</summary>
    private ReadOnlySpan<byte> Page(long number)
    {
        ref (long Number, byte[]? Bytes) place = ref _pages[number % Places];
        int length = (int)Math.Min(PageSize, Length - (number * PageSize));
        if (place.Bytes is null || place.Number != number)
        {
            byte[] bytes = place.Bytes ?? new byte[PageSize];
            // The old page is dropped first, because the read may fail half way.
            place = default;
            if (!PositionedRead.TryFill(file, number * PageSize, bytes.AsSpan(0, length)))
            {
                throw TooShort();
            }

            place = (number, bytes);
        }

        return place.Bytes.AsSpan(0, length);
    }

    private GdbmException TooShort() => new($"{path}: damaged: the file ends early");
}
