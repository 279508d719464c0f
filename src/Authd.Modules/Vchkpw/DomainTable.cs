// vpopmail's domains: qmail's users/cdb or, where it has not been made, users/assign.
using Authd.Core;
using Authd.Modules.Vchkpw.Cdb;

namespace Authd.Modules.Vchkpw;

/// <summary>Reads the table anew each time, so a replaced one is used at once. May block.</summary>
/// <param name="directory">qmail's directory of users.</param>
public sealed class DomainTable(string directory)
{
    private readonly string _cdb = Path.Combine(directory, "cdb");
    private readonly string _assign = Path.Combine(directory, "assign");

    /// <summary>The directory of the table.</summary>
    public string Directory => directory;

    /// <summary>Whether either file exists.</summary>
    public bool Exists => File.Exists(_cdb) || File.Exists(_assign);

    /// <summary>The domain called <paramref name="name"/> (lower case), or the one that it is an alias of.</summary>
    /// <exception cref="IOException">The table cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The table may not be read.</exception>
    public VpopmailDomain? Find(string name)
    {
        using CdbReader? cdb = CdbReader.Open(_cdb);
        return cdb is null
            ? Assigned().FirstOrDefault(entry => entry.Key == name).Value
            : cdb.Find(WireText.ToBytes($"!{name}-")) is { } data ? FromCdb(data) : null;
    }

    /// <summary>All domains but the aliases.</summary>
    /// <exception cref="IOException">The table cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The table may not be read.</exception>
    public IEnumerable<VpopmailDomain> All()
    {
        using CdbReader? cdb = CdbReader.Open(_cdb);
        foreach ((string name, VpopmailDomain? domain) in cdb is null ? Assigned() : Compiled(cdb))
        {
            if (domain is not null && domain.Name == name)
            {
                yield return domain;
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, VpopmailDomain?>> Compiled(CdbReader cdb)
    {
        foreach ((byte[] key, byte[] data) in cdb.Records())
        {
            // Other keys are single users, and the list of characters that end the first part of a name.
            if (WireText.FromBytes(key) is ['!', .. var name, '-'])
            {
                yield return new(name, FromCdb(data));
            }
        }
    }

    private IEnumerable<KeyValuePair<string, VpopmailDomain?>> Assigned()
    {
        foreach (string line in VpopmailText.Lines(_assign).TakeWhile(static line => line != "."))
        {
            string[] fields = line.Split(':');
            if (fields[0] is ['+', .. var name, '-'])
            {
                yield return new(name.ToLowerInvariant(), VpopmailDomain.Read(fields.AsSpan(1)));
            }
        }
    }

    private static VpopmailDomain? FromCdb(byte[] data) => VpopmailDomain.Read(WireText.FromBytes(data).Split('\0'));
}
