// A standard stream as C programs have it: .NET's console streams take a terminal over, its file streams do not move the
// offset that the next program of a script goes on from.
namespace Authd.Interop;

/// <summary>Reads and writes a descriptor, unbuffered. The descriptor stays open.</summary>
public sealed class DescriptorStream(int descriptor) : Stream
{
    /// <summary>stdin.</summary>
    public const int Stdin = 0;

    /// <summary>stdout.</summary>
    public const int Stdout = 1;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => Descriptors.Read(descriptor, buffer);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!Descriptors.Write(descriptor, buffer))
        {
            throw LibcException.Last("write");
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
