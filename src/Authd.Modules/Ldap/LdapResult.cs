// How an operation on the directory ended.
using Authd.Interop;

namespace Authd.Modules.Ldap;

/// <summary>How an operation ended.</summary>
/// <param name="Function">libldap's function, for the log.</param>
/// <param name="Code">A <see cref="LdapCode"/>.</param>
/// <param name="Entries">What a search found.</param>
internal readonly record struct LdapResult(string Function, int Code, IReadOnlyList<LdapEntry>? Entries = null)
{
    /// <summary>There was no server to ask; the log says why.</summary>
    public static LdapResult Away { get; } = new("", LdapCode.ServerDown);

    /// <summary>It was done.</summary>
    public bool Succeeded => Code == LdapCode.Success;
}
