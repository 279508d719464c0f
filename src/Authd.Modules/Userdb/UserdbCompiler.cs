using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Modules.Userdb.Gdbm;

namespace Authd.Modules.Userdb;

/// <summary>
/// Sorts each line's fields into the database that they belong to. The text is gone through once for the databases' indexes and once
/// more for each database, so that no record is kept.
/// </summary>
internal sealed class UserdbCompiler
{
    private const int LinesBetweenReports = 4096;

    private readonly IReadOnlyList<UserdbFile> _files;
    private readonly GdbmWriter _database;
    private readonly GdbmWriter _shadow;
    private readonly List<byte> _public = [];
    private readonly List<byte> _secret = [];

    /// <summary>Looks at all lines of all files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="progress">Now and then receives the number of lines read so far and in all.</param>
    /// <exception cref="UserdbException">A name occurs twice, or a line is too long.</exception>
    internal UserdbCompiler(IReadOnlyList<UserdbFile> files, Action<long, long>? progress = null)
    {
        _files = files;

        // Few lines have no passwords, and memory that is never touched costs nothing.
        int allLines = files.Sum(CountLines);
        _database = new GdbmWriter(allLines);
        _shadow = new GdbmWriter(allLines);
        int lines = 0;
        foreach (UserdbFile file in files)
        {
            Measure(file, () =>
            {
                if (++lines % LinesBetweenReports == 0)
                {
                    progress?.Invoke(lines, allLines);
                }
            });
        }

        RefuseDuplicates();
    }

    /// <summary>The records of a line.</summary>
    /// <param name="name">Their key.</param>
    /// <param name="account">The one without passwords, which every name has.</param>
    /// <param name="passwords">The passwords; empty: there are none.</param>
    private delegate void RecordTaker(ReadOnlySpan<byte> name, ReadOnlySpan<byte> account, ReadOnlySpan<byte> passwords);

    /// <summary>A line's name: its hash, and where it stands.</summary>
    private readonly record struct NamePlace(int Hash, int File, int Start)
    {
        /// <summary>The order of the text.</summary>
        internal long Place => ((long)File << 32) | (uint)Start;
    }

    /// <summary>Writes the database of the records without passwords; every name is in it.</summary>
    /// <exception cref="GdbmException">Too many names have the same hash.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void WriteDatabase(Stream file) => _database.Write(file, records => Compile((name, account, _) =>
    {
        records.Write(name);
        records.Write(account);
    }));

    /// <summary>Writes the database of the passwords of the names that have some.</summary>
    /// <exception cref="GdbmException">Too many names have the same hash.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void WriteShadow(Stream file) => _shadow.Write(file, records => Compile((name, _, passwords) =>
    {
        if (!passwords.IsEmpty)
        {
            records.Write(name);
            records.Write(passwords);
        }
    }));

    private static int CountLines(UserdbFile file)
    {
        UserdbLineReader line = new(file.Text);
        int count = 0;
        while (line.Read())
        {
            count++;
        }

        return count;
    }

    private void Measure(UserdbFile file, Action nextLine)
    {
        int number = 0;
        try
        {
            Compile(
                file,
                (name, account, passwords) =>
                {
                    _database.Add(name, account.Length);
                    if (!passwords.IsEmpty)
                    {
                        _shadow.Add(name, passwords.Length);
                    }
                },
                line =>
                {
                    number = line;
                    nextLine();
                });
        }
        catch (GdbmException e)
        {
            throw new UserdbException($"{file.Path}, line {number}: {e.Message}", e);
        }
    }

    private void Compile(RecordTaker take)
    {
        foreach (UserdbFile file in _files)
        {
            Compile(file, take, static _ => { });
        }
    }

    private void Compile(UserdbFile file, RecordTaker take, Action<int> nextLine)
    {
        byte[] source = WireText.ToBytes("_=" + file.Source);
        UserdbLineReader line = new(file.Text);
        while (line.Read())
        {
            nextLine(line.Number);
            if (line.Name.IsEmpty)
            {
                continue;
            }

            if (!line.HasRecord)
            {
                take(line.Name, "1"u8, "1"u8);
            }
            else if (IsReverse(line.Name))
            {
                take(line.Name, line.Record, []);
            }
            else
            {
                Divide(line.Record, source);
                take(line.Name, CollectionsMarshal.AsSpan(_public), CollectionsMarshal.AsSpan(_secret));
            }
        }
    }

    private void Divide(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> source)
    {
        _public.Clear();
        _secret.Clear();
        ReadOnlySpan<byte> record = fields.TrimEnd((byte)'|');
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
    }

    /// <summary>An entry <c>UID=</c>, by which an account is found by its uid; its record is only a name.</summary>
    internal static bool IsReverse(ReadOnlySpan<byte> name) =>
        name.Length > 1 && name[^1] == (byte)'=' && !name[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>A field with a value whose name ends in <c>pw</c>.</summary>
    private static bool IsPassword(ReadOnlySpan<byte> field) =>
        field.IndexOf((byte)'=') is var equals and >= 0 && field[..equals].EndsWith("pw"u8);

    private void RefuseDuplicates()
    {
        HashSet<int> suspicious = _database.RepeatedHashes();
        if (suspicious.Count == 0)
        {
            return;
        }

        // Many names share a hash, so that only their places are kept.
        List<NamePlace> names = [];
        for (int file = 0; file < _files.Count; file++)
        {
            UserdbLineReader line = new(_files[file].Text);
            while (line.Read())
            {
                if (!line.Name.IsEmpty && GdbmHash.Of(line.Name) is var hash && suspicious.Contains(hash))
                {
                    names.Add(new NamePlace(hash, file, line.Start));
                }
            }
        }

        names.Sort(static (a, b) => a.Hash != b.Hash ? a.Hash.CompareTo(b.Hash) : a.Place.CompareTo(b.Place));
        (NamePlace First, NamePlace Again)? found = null;
        for (int i = 1; i < names.Count; i++)
        {
            if (PlaceBefore(names, i) is { } first && !(found?.Again.Place < names[i].Place))
            {
                found = (first, names[i]);
            }
        }

        if (found is { } pair)
        {
            throw new UserdbException(
                $"Cannot store record for {WireText.ToUnicode(WireText.FromBytes(NameAt(pair.First)))} - duplicate or out of disk space.\n"
                + $"       ({Describe(pair.First)} and {Describe(pair.Again)})");
        }
    }

    /// <summary>Where the same name stands before; <c>null</c>: nowhere. The earliest that has one is a name's second place.</summary>
    private NamePlace? PlaceBefore(List<NamePlace> names, int index)
    {
        for (int i = index - 1; i >= 0 && names[i].Hash == names[index].Hash; i--)
        {
            if (NameAt(names[i]).SequenceEqual(NameAt(names[index])))
            {
                return names[i];
            }
        }

        return null;
    }

    private ReadOnlySpan<byte> NameAt(NamePlace place)
    {
        UserdbLineReader line = new(_files[place.File].Text.AsSpan(place.Start));
        line.Read();
        return line.Name;
    }

    private string Describe(NamePlace place)
    {
        UserdbFile file = _files[place.File];
        return $"{file.Path}, line {file.Text.AsSpan(0, place.Start).Count((byte)'\n') + 1}";
    }
}
