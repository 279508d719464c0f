// From userdb's text to the records of the two databases.
using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Modules.Userdb;

/// <summary>Sorts each line's fields into the database that they belong to.</summary>
internal sealed class UserdbCompiler
{
    private readonly IReadOnlyList<UserdbFile> _files;
    private readonly List<byte> _public = [];
    private readonly List<byte> _secret = [];

    /// <summary>Takes all lines of all files.</summary>
    /// <exception cref="UserdbException">A name occurs twice, or a line is too long.</exception>
    internal UserdbCompiler(IReadOnlyList<UserdbFile> files)
    {
        _files = files;
        foreach (UserdbFile file in files)
        {
            Add(file);
        }

        if (Database.FindDuplicate() is { } name)
        {
            throw new UserdbException(
                $"Cannot store record for {WireText.ToUnicode(WireText.FromBytes(name))} - duplicate or out of disk space.\n"
                + $"       ({string.Join(" and ", Places(name).Take(2))})");
        }
    }

    /// <summary>The records without passwords; every name is here.</summary>
    internal GdbmWriter Database { get; } = new();

    /// <summary>The passwords of the names that have some.</summary>
    internal GdbmWriter Shadow { get; } = new();

    private void Add(UserdbFile file)
    {
        byte[] source = WireText.ToBytes("_=" + file.Source);
        UserdbLineReader line = new(file.Text);
        while (line.Read())
        {
            if (line.Name.IsEmpty)
            {
                continue;
            }

            try
            {
                Add(line, source);
            }
            catch (GdbmException e)
            {
                throw new UserdbException($"{file.Path}, line {line.Number}: {e.Message}", e);
            }
        }
    }

    private void Add(UserdbLineReader line, ReadOnlySpan<byte> source)
    {
        if (!line.HasRecord)
        {
            Database.Add(line.Name, "1"u8);
            Shadow.Add(line.Name, "1"u8);
            return;
        }

        if (IsReverse(line.Name))
        {
            Database.Add(line.Name, line.Record);
            return;
        }

        _public.Clear();
        _secret.Clear();
        ReadOnlySpan<byte> record = line.Record.TrimEnd((byte)'|');
        foreach (Range range in record.Split((byte)'|'))
        {
            ReadOnlySpan<byte> field = record[range];
            if (IsPassword(field))
            {
                _secret.AddRange(_secret.Count == 0 ? [] : "|"u8);
                _secret.AddRange(field);
            }
            else if (!record.IsEmpty)
            {
                _public.AddRange(field);
                _public.AddRange("|"u8);
            }
        }

        _public.AddRange(source);
        Database.Add(line.Name, CollectionsMarshal.AsSpan(_public));
        if (_secret.Count > 0)
        {
            Shadow.Add(line.Name, CollectionsMarshal.AsSpan(_secret));
        }
    }

    /// <summary>An entry <c>UID=</c>, by which an account is found by its uid: the record is a name alone.</summary>
    private static bool IsReverse(ReadOnlySpan<byte> name) =>
        name.Length > 1 && name[^1] == (byte)'=' && !name[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>A field whose name ends in <c>pw</c>, and which has a value.</summary>
    private static bool IsPassword(ReadOnlySpan<byte> field) =>
        field.IndexOf((byte)'=') is var equals and >= 0 && field[..equals].EndsWith("pw"u8);

    private List<string> Places(byte[] name)
    {
        List<string> places = [];
        foreach (UserdbFile file in _files)
        {
            UserdbLineReader line = new(file.Text);
            while (line.Read())
            {
                if (line.Name.SequenceEqual(name))
                {
                    places.Add($"{file.Path}, line {line.Number}");
                }
            }
        }

        return places;
    }
}
