namespace Authd.Linux.Ldap;

/// <summary>An attribute with its values, in the server's order; wire text, each value cut at a NUL.</summary>
/// <param name="Name">Its name in the server's spelling.</param>
/// <param name="Values">Its values, at least one.</param>
public sealed record LdapValues(string Name, IReadOnlyList<string> Values);

/// <summary>An entry of a directory with the requested attributes.</summary>
/// <param name="Dn">Its distinguished name in the server's spelling.</param>
/// <param name="Attributes">Its requested attributes.</param>
public sealed record LdapEntry(string Dn, IReadOnlyList<LdapValues> Attributes)
{
    /// <summary>All values of an attribute, whose name is case-insensitive; empty when the entry does not have it.</summary>
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
