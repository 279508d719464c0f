using Authd.Linux.Ldap;

namespace Authd.Modules.Ldap;

/// <summary>The result of an operation on the directory.</summary>
/// <param name="Function">libldap's function, for the log.</param>
/// <param name="Code">A <see cref="LdapCode"/>.</param>
/// <param name="Entries">The entries that a search found.</param>
internal readonly record struct LdapResult(string Function, int Code, IReadOnlyList<LdapEntry>? Entries = null)
{
    /// <summary>No server could be asked; the log has the reason.</summary>
    public static LdapResult Away { get; } = new("", LdapCode.ServerDown);

    /// <summary>The operation succeeded.</summary>
    public bool Succeeded => Code == LdapCode.Success;
}
