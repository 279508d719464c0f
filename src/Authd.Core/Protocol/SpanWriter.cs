using System.Buffers.Text;
using System.Text;

namespace Authd.Core.Protocol;

/// <summary>Appends wire text and numbers to a span that is large enough.</summary>
/// <param name="span">The span.</param>
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
