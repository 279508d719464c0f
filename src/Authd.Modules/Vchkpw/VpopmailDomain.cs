using Authd.Core;

namespace Authd.Modules.Vchkpw;

/// <summary>A virtual domain, as qmail's users/assign and users/cdb describe it.</summary>
/// <param name="Name">Its real name; for an alias, the name of its target.</param>
/// <param name="Uid">Owner of its files, 0 when the field is not a number.</param>
/// <param name="Gid">Group of its files, 0 when the field is not a number.</param>
/// <param name="Directory">The directory of vpasswd; wire text.</param>
public sealed record VpopmailDomain(string Name, uint Uid, uint Gid, string Directory)
{
    /// <summary>Makes a domain of the fields <c>name, uid, gid, directory, ...</c>; <c>null</c> when some are missing.</summary>
    public static VpopmailDomain? Read(ReadOnlySpan<string> fields) => fields.Length < 4
        ? null
        : new VpopmailDomain(fields[0], Number(fields[1]), Number(fields[2]), fields[3]);

    private static uint Number(string text) =>
        LeadingNumber.Parse(text) is > 0 and < uint.MaxValue and var number ? (uint)number : 0;
}
