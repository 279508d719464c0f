using System.Buffers.Text;
using Authd.Core;

namespace Authd.Modules.Userdb;

/// <summary>A record as makeuserdb stores it: <c>field=value|field=value|field</c>, without escapes.</summary>
/// <param name="text">The record's bytes.</param>
public readonly ref struct UserdbRecord(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>The record as wire text.</summary>
    public override string ToString() => WireText.FromBytes(_text);

    /// <summary>The value of the first field called <paramref name="name"/>; a field without <c>=</c> has an empty one.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = _text;
        while (true)
        {
            int end = rest.IndexOf((byte)'|');
            ReadOnlySpan<byte> field = end < 0 ? rest : rest[..end];
            if (field.StartsWith(name) && (field.Length == name.Length || field[name.Length] == (byte)'='))
            {
                value = field[Math.Min(name.Length + 1, field.Length)..];
                return true;
            }

            if (end < 0)
            {
                value = default;
                return false;
            }

            rest = rest[(end + 1)..];
        }
    }

    /// <summary>A field's value as wire text, or <c>null</c> when the record does not have it.</summary>
    public string? Text(ReadOnlySpan<byte> name) =>
        TryGet(name, out ReadOnlySpan<byte> value) ? WireText.FromBytes(value) : null;

    /// <summary>
    /// A field's value read as C's atol does (blanks, a plus sign, digits, the rest ignored); 0 when there is no number
    /// or none of 32 bits.
    /// </summary>
    public uint Number(ReadOnlySpan<byte> name)
    {
        if (!TryGet(name, out ReadOnlySpan<byte> value))
        {
            return 0;
        }

        ReadOnlySpan<byte> digits = value.TrimStart(" \t\v\f\r"u8);
        if (digits.StartsWith("+"u8))
        {
            digits = digits[1..];
        }

        return Utf8Parser.TryParse(digits, out uint number, out _) ? number : 0;
    }
}
