// A standard stream as C programs have it. .NET's console streams take over the terminal, and its file streams do not move the
// offset at which the next program of a script continues.
using Authd.Linux.Files;
using Authd.Linux.Native;

namespace Authd.Linux.Sockets;

/// <summary>Reads and writes a descriptor without a buffer. The descriptor stays open.</summary>
public sealed class DescriptorStream(int descriptor) : Stream
{
    private string? _problem;

    /// <summary>stdin; reading fails if this process was started without it.</summary>
    public static DescriptorStream Input { get; } = Standard(Descriptors.Stdin, "standard input");

    /// <summary>stdout; writing fails if this process was started without it.</summary>
    public static DescriptorStream Output { get; } = Standard(Descriptors.Stdout, "standard output");

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
    public override int Read(Span<byte> buffer)
    {
        RequireOpen();
        return Descriptors.Read(descriptor, buffer);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RequireOpen();
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

    private static DescriptorStream Standard(int descriptor, string name) =>
        new(descriptor) { _problem = Descriptors.WasInherited(descriptor) ? null : $"{name} is closed" };

    private void RequireOpen()
    {
        if (_problem is not null)
        {
            throw new IOException(_problem);
        }
    }
}
