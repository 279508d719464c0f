using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Authd.Tests.Support;

/// <summary>A test's own certificate authority, and its certificate for a slapd on 127.0.0.1, as PEM files.</summary>
public sealed class SlapdCertificates
{
    /// <summary>Makes an authority, and a certificate with an IP SAN:
    /// libldap compares <c>localhost</c> with other names.</summary>
    /// <param name="directory">The directory of the files.</param>
    /// <param name="name">The beginning of their names.</param>
    public SlapdCertificates(string directory, string name)
    {
        (Authority, Certificate, Key) = (
            Path.Combine(directory, name + "-ca.pem"), Path.Combine(directory, name + ".pem"),
            Path.Combine(directory, name + ".key"));
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1), to = from.AddDays(2);

        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authority = new($"CN={name} authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authority.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using X509Certificate2 issuer = authority.CreateSelfSigned(from, to);

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest server = new("CN=slapd", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = server.Create(issuer, from, to, [1]);

        File.WriteAllText(Authority, issuer.ExportCertificatePem());
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The authority's certificate, which clients trust.</summary>
    public string Authority { get; }

    /// <summary>The server's certificate.</summary>
    public string Certificate { get; }

    /// <summary>The server's key.</summary>
    public string Key { get; }
}
