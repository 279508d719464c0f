using Authd.Core;

namespace Authd.Modules.Userdb;

/// <summary>Finds lines of a userdb text that makeuserdb accepts, but that no user can log in with. They still go into the
/// databases, as with the C tool.</summary>
public sealed class UserdbInspection
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly Action<string> _say;

    /// <summary>Inspects every line.</summary>
    /// <param name="files">The texts.</param>
    /// <param name="say">Receives a warning for each doubtful line,
    /// with file and line; never a part that may be a password.</param>
    public UserdbInspection(IReadOnlyList<UserdbFile> files, Action<string> say)
    {
        _say = say;
        foreach (UserdbFile file in files)
        {
            Inspect(file);
        }
    }

    /// <summary>Lines that make an account.</summary>
    public long Accounts { get; private set; }

    /// <summary>Lines with a fault.</summary>
    public long Doubtful { get; private set; }

    private void Inspect(UserdbFile file)
    {
        UserdbLineReader line = new(file.Text);
        while (line.Read())
        {
            string? doubt = Doubt(line);
            if (doubt is not null)
            {
                Doubtful++;
                _say($"{file.Path}:{line.Number}: {doubt}");
            }

            if (doubt is null && !UserdbCompiler.IsReverse(line.Name))
            {
                Accounts++;
            }
        }
    }

    private static string? Doubt(UserdbLineReader line)
    {
        if (line.Number == 1 && line.Line.StartsWith(ByteOrderMark))
        {
            return "the file begins with a byte order mark (BOM), which belongs to the first line; save it as UTF-8 without BOM";
        }

        if (line.Line[^1] == (byte)'\r')
        {
            return "the line ends in CR LF, and the CR belongs to its last field; convert the file, e.g. with dos2unix";
        }

        if (!line.HasRecord)
        {
            return line.Line.Contains((byte)' ')
                ? "a blank in place of the TAB between name and fields"
                : "a name without a TAB and fields is no account";
        }

        if (UserdbCompiler.IsReverse(line.Name))
        {
            return null;
        }

        List<string> missing = Missing(line.Record);
        return missing.Count == 0
            ? null : $"{WireText.ToUnicode(WireText.FromBytes(line.Name))}: no {string.Join(", no ", missing)}; nobody can log in";
    }

    /// <summary>Other keys stay unsaid: they may be half a password.</summary>
    private static List<string> Missing(ReadOnlySpan<byte> record)
    {
        bool hasUid = false;
        bool hasGid = false;
        bool hasHome = false;
        foreach (Range range in record.Split((byte)'|'))
        {
            ReadOnlySpan<byte> field = record[range];
            hasUid |= field.StartsWith("uid="u8);
            hasGid |= field.StartsWith("gid="u8);
            hasHome |= field.StartsWith("home="u8);
        }

        return hasUid && hasGid && hasHome
            ? [] : [.. hasUid ? (string[])[] : ["uid"], .. hasGid ? (string[])[] : ["gid"], .. hasHome ? (string[])[] : ["home"]];
    }
}
