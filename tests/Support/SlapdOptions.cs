// How a test's slapd is set up.
namespace Authd.Tests.Support;

/// <summary>How a <see cref="SlapdServer"/> is set up; the tree's root is <c>dc=test</c>.</summary>
/// <param name="Ldif">The entries below the root, as an LDIF.</param>
/// <param name="Global">More lines for slapd.conf before the database.</param>
/// <param name="Database">More lines for the database, e.g. limits; they precede the access rules.</param>
/// <param name="Tls">Where key and certificate for TLS are; <c>null</c>: no TLS.</param>
public sealed record SlapdOptions(string Ldif, string Global = "", string Database = "", SlapdCertificates? Tls = null);
