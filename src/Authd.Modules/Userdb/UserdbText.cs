// Finds and replaces one account's line in a userdb text. Every other byte stays as it is.
using Authd.Core;

namespace Authd.Modules.Userdb;

/// <summary>Edits texts. Names and records are wire text.</summary>
public static class UserdbText
{
    /// <summary>The record of the first line of that name; empty for a bare name, <c>null</c> without such a line.</summary>
    public static string? Find(ReadOnlySpan<byte> text, string name) =>
        TryFind(text, name, out UserdbLineReader line) ? WireText.FromBytes(line.Record) : null;

    /// <summary>The text with a new record in the first line of that name,
    /// or in an added line. An empty record leaves the bare name.</summary>
    public static byte[] Put(ReadOnlySpan<byte> text, string name, string record)
    {
        byte[] line = WireText.ToBytes(record.Length == 0 ? $"{name}\n" : $"{name}\t{record}\n");
        if (TryFind(text, name, out UserdbLineReader old))
        {
            return [.. text[..old.Start], .. line, .. text[End(text, old)..]];
        }

        ReadOnlySpan<byte> lineEnd = text.IsEmpty || text[^1] == (byte)'\n' ? [] : "\n"u8;
        return [.. text, .. lineEnd, .. line];
    }

    /// <summary>The text without the first line of that name.</summary>
    public static byte[] Remove(ReadOnlySpan<byte> text, string name)
    {
        if (!TryFind(text, name, out UserdbLineReader old))
        {
            return text.ToArray();
        }

        return [.. text[..old.Start], .. text[End(text, old)..]];
    }

    /// <summary>The offset after the line's end; the last line may lack one.</summary>
    private static int End(ReadOnlySpan<byte> text, UserdbLineReader line) =>
        Math.Min(line.Start + line.Line.Length + 1, text.Length);

    private static bool TryFind(ReadOnlySpan<byte> text, string name, out UserdbLineReader line)
    {
        byte[] wanted = WireText.ToBytes(name);
        line = new UserdbLineReader(text);
        while (line.Read())
        {
            if (line.Name.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }
}
