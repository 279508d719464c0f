// TLS to slapd by authdaemonrc's LDAPTLS_* variables: they are libldap's, so each case needs a daemon of its own.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

/// <summary>A server with TLS and one without, and two authorities.</summary>
public sealed class LdapTlsFixture : IAsyncLifetime
{
    private readonly ScratchDirectory _files = new();

    public SlapdServer Server { get; private set; } = null!;

    public SlapdServer Plain { get; private set; } = null!;

    public string Authority { get; private set; } = "";

    public string OtherAuthority { get; private set; } = "";

    public async Task InitializeAsync()
    {
        SlapdCertificates certificates = new(_files.Path, "right");
        (Authority, OtherAuthority) = (certificates.Authority, new SlapdCertificates(_files.Path, "other").Authority);
        Server = await SlapdServer.StartNewAsync(new SlapdOptions(SlapdAccounts.Tree, "localSSF 128\nsecurity ssf=128", Tls: certificates));
        Plain = await SlapdServer.StartNewAsync(new SlapdOptions(SlapdAccounts.Tree));
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Plain.DisposeAsync();
        _files.Dispose();
    }
}

public sealed class LdapTlsTests(LdapTlsFixture fixture) : IClassFixture<LdapTlsFixture>
{
    private static async Task<(string Reply, string[] Errors)> AskAsync(string uri, string settings, params string[] variables)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authldap", 1, variables);
        site.Write("authldaprc", $"##NAME: MARKER:0\n{SlapdAccounts.Usual(uri)}\nLDAP_AUTHBIND 1\n{settings}\n");
        OurDaemon daemon = await OurDaemon.StartAsync(site);
        RawReply reply;
        await using (daemon)
        {
            reply = await RawClient.AskAsync(daemon.SocketPath, Requests.Login("alice@example.com", "password"));
        }

        // The daemon has written all of its lines only when it has ended.
        return (reply.Text, [.. daemon.LogLines.Where(line => line.StartsWith("ERR:", StringComparison.Ordinal))]);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "LDAP_TLS 1")]
    [InlineData(false, "LDAP_TLS yes")]
    [InlineData(true, "LDAP_TLS 1")]
    public async Task The_right_authority_is_trusted(bool ldaps, string settings)
    {
        (string reply, string[] errors) = await AskAsync(
            ldaps ? fixture.Server.TlsUri : fixture.Server.Uri, settings, $"LDAPTLS_CACERT={fixture.Authority}");
        Assert.StartsWith("UID=1001\n", reply, StringComparison.Ordinal);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(true, "", "ERR: ldap_sasl_bind_s failed: Can't contact LDAP server")]
    [InlineData(false, "LDAP_TLS 1", "ERR: ldap_start_tls_s failed: Connect error")]
    public async Task Another_authority_is_not(bool ldaps, string settings, string error)
    {
        string uri = ldaps ? fixture.Server.TlsUri : fixture.Server.Uri;
        (string reply, string[] errors) = await AskAsync(uri, settings, $"LDAPTLS_CACERT={fixture.OtherAuthority}");
        Assert.Equal("", reply);
        string told = Assert.Single(errors);
        Assert.StartsWith(error, told, StringComparison.Ordinal);
        string why = $": the server's certificate is not trusted; it must name this host, be in date, and come from an authority in {fixture.OtherAuthority}, ";
        Assert.True(told.Contains(why, StringComparison.Ordinal), told);
        Assert.DoesNotContain("unknown error", told, StringComparison.Ordinal);

        (reply, _) = await AskAsync(uri, settings, $"LDAPTLS_CACERT={fixture.OtherAuthority}", "LDAPTLS_REQCERT=never");
        Assert.StartsWith("UID=1001\n", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_wants_a_certificate_of_ours_gets_it()
    {
        using ScratchDirectory files = new();
        SlapdCertificates certificates = new(files.Path, "both");
        await using SlapdServer server = await SlapdServer.StartNewAsync(new SlapdOptions(
            SlapdAccounts.Tree, $"TLSCACertificateFile {certificates.Authority}\nTLSVerifyClient demand", Tls: certificates));
        foreach ((string uri, string settings) in ((string, string)[])[(server.TlsUri, ""), (server.Uri, "LDAP_TLS 1")])
        {
            (string reply, _) = await AskAsync(uri, settings, $"LDAPTLS_CACERT={certificates.Authority}");
            Assert.Equal("", reply);
            (reply, string[] errors) = await AskAsync(
                uri, settings, $"LDAPTLS_CACERT={certificates.Authority}", $"LDAPTLS_CERT={certificates.Certificate}",
                $"LDAPTLS_KEY={certificates.Key}");
            Assert.StartsWith("UID=1001\n", reply, StringComparison.Ordinal);
            Assert.Empty(errors);
        }
    }

    [Fact]
    public async Task Nothing_is_asked_without_the_TLS_that_is_required()
    {
        (string reply, string[] errors) = await AskAsync(fixture.Plain.Uri, "LDAP_TLS 1", $"LDAPTLS_CACERT={fixture.Authority}");
        Assert.Equal("", reply);
        Assert.StartsWith("ERR: ldap_start_tls_s failed: ", Assert.Single(errors), StringComparison.Ordinal);

        (reply, errors) = await AskAsync(fixture.Server.Uri, "");
        Assert.Equal("", reply);
        Assert.Contains("Confidentiality required", Assert.Single(errors), StringComparison.Ordinal);
    }
}
