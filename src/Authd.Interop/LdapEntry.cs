// One entry of a directory, as far as it was asked for.
namespace Authd.Interop;

/// <summary>An attribute with its values, in the server's order; wire text, each value cut at a NUL.</summary>
/// <param name="Name">As the server writes it.</param>
/// <param name="Values">At least one.</param>
public sealed record LdapValues(string Name, IReadOnlyList<string> Values);

/// <summary>An entry.</summary>
/// <param name="Dn">Its distinguished name as the server writes it.</param>
/// <param name="Attributes">The attributes that were asked for and that it has.</param>
public sealed record LdapEntry(string Dn, IReadOnlyList<LdapValues> Attributes)
{
    /// <summary>All values of an attribute, whose name has no case; none when the entry does not have it.</summary>
    public IReadOnlyList<string> Values(string attribute)
    {
        foreach (LdapValues found in Attributes)
        {
            if (found.Name.Equals(attribute, StringComparison.OrdinalIgnoreCase))
            {
                return found.Values;
            }
        }

        return [];
    }

    /// <summary>The first value of an attribute, <c>null</c> when the entry does not have it.</summary>
    public string? First(string attribute) => Values(attribute) is [var first, ..] ? first : null;
}
