namespace Authd.Tests.Support;

/// <summary>The options of a <see cref="SlapdServer"/>; the tree's root is <c>dc=test</c>.</summary>
/// <param name="Ldif">The entries below the root, as an LDIF.</param>
/// <param name="Global">Further lines of slapd.conf before the database.</param>
/// <param name="Database">Further lines of the database, e.g. limits; they precede the access rules.</param>
/// <param name="Tls">Key and certificate for TLS; <c>null</c>: no TLS.</param>
public sealed record SlapdOptions(string Ldif, string Global = "", string Database = "", SlapdCertificates? Tls = null);
