// The lines of a userdb text: NAME, a TAB, and fields separated by '|'.
namespace Authd.Modules.Userdb;

/// <summary>Reads a text line by line.</summary>
/// <param name="text">The file's bytes; lines end in LF, the last one need not.</param>
public ref struct UserdbLineReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _next;

    /// <summary>The line's number, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The offset of the line in the text, in bytes.</summary>
    public int Start { get; private set; }

    /// <summary>The line without its end.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>The part before the first TAB.</summary>
    public readonly ReadOnlySpan<byte> Name => Line.IndexOf((byte)'\t') is var tab and >= 0 ? Line[..tab] : Line;

    /// <summary>Whether the line has a TAB: a bare name is not an account.</summary>
    public readonly bool HasRecord => Line.Contains((byte)'\t');

    /// <summary>The part after the first TAB.</summary>
    public readonly ReadOnlySpan<byte> Record => Line[Math.Min(Name.Length + 1, Line.Length)..];

    /// <summary>Moves to the next line that is neither empty nor a comment; false at the end.</summary>
    public bool Read()
    {
        while (_next < _text.Length)
        {
            Start = _next;
            ReadOnlySpan<byte> rest = _text[_next..];
            int end = rest.IndexOf((byte)'\n');
            Line = end < 0 ? rest : rest[..end];
            _next = end < 0 ? _text.Length : _next + end + 1;
            Number++;
            if (!Line.IsEmpty && Line[0] != (byte)'#')
            {
                return true;
            }
        }

        return false;
    }
}
