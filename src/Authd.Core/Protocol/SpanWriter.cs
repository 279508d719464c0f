// Appends wire text and numbers to a span of bytes that is large enough.
using System.Buffers.Text;
using System.Text;

namespace Authd.Core.Protocol;

/// <summary>A cursor over a span.</summary>
/// <param name="span">Where to write.</param>
internal ref struct SpanWriter(Span<byte> span)
{
    private readonly Span<byte> _span = span;

    /// <summary>Bytes written so far.</summary>
    public int Written { get; private set; }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_span[Written..]);
        Written += bytes.Length;
    }

    /// <summary>Appends wire text.</summary>
    public void Write(ReadOnlySpan<char> text) => Written += Encoding.Latin1.GetBytes(text, _span[Written..]);

    /// <summary>Appends a number in decimal.</summary>
    public void Write(uint number)
    {
        if (!Utf8Formatter.TryFormat(number, _span[Written..], out int length))
        {
            throw new InvalidOperationException("the span is too small");
        }

        Written += length;
    }
}
