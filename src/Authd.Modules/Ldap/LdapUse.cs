// What a pool's connections to the directory are for.
namespace Authd.Modules.Ldap;

/// <summary>How connections are used.</summary>
/// <param name="IsBound">They are bound as LDAP_BINDDN.</param>
/// <param name="AtOnce">Requests that may be under way on one.</param>
/// <param name="IsSingle">Each serves for one request only.</param>
internal sealed record LdapUse(bool IsBound, int AtOnce, bool IsSingle);
