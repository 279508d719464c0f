// The SSL_* keys, the socket and the methods of logging in, on a server with TLS.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlTlsFixture : IAsyncLifetime
{
    private readonly ScratchDirectory _files = new();

    public MariadbServer Server { get; private set; } = null!;

    public string this[string file] => _files[file];

    public async Task InitializeAsync()
    {
        await AuthorityAsync("ca");
        await AuthorityAsync("other");
        await CertificateAsync("server");
        await CertificateAsync("client");
        Directory.CreateDirectory(_files["capath"]);
        File.Copy(_files["ca.pem"], Path.Combine(_files["capath"], "ca.pem"));
        await ProcessRunner.RunOrThrowAsync(["openssl", "rehash", _files["capath"]]);
        Server = await MariadbServer.StartNewAsync(
            "--ssl-ca=" + _files["ca.pem"], "--ssl-cert=" + _files["server.pem"], "--ssl-key=" + _files["server.key"]);
        await Server.SqlAsync("""
            CREATE USER secure@'%' IDENTIFIED VIA ed25519 USING PASSWORD('secret') REQUIRE SSL;
            CREATE USER certified@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('secret') REQUIRE X509;
            CREATE USER nopassword@localhost;
            GRANT ALL ON mail.* TO secure@'%';
            GRANT ALL ON mail.* TO certified@'%';
            GRANT ALL ON mail.* TO nopassword@localhost;
            """);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _files.Dispose();
    }

    private Task<string> AuthorityAsync(string name) => OpensslAsync(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", $"/CN=test {name}",
        "-keyout", _files[name + ".key"], "-out", _files[name + ".pem"]);

    private async Task CertificateAsync(string name)
    {
        await OpensslAsync(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", $"/CN=test {name}",
            "-keyout", _files[name + ".key"], "-out", _files[name + ".csr"]);
        await OpensslAsync(
            "x509", "-req", "-in", _files[name + ".csr"], "-CA", _files["ca.pem"], "-CAkey", _files["ca.key"], "-CAcreateserial",
            "-days", "2", "-out", _files[name + ".pem"]);

        // The server runs as another user and must be able to read its key.
        File.SetUnixFileMode(_files[name + ".key"], (UnixFileMode)Convert.ToInt32("644", 8));
    }

    private static Task<string> OpensslAsync(params string[] arguments) => ProcessRunner.RunOrThrowAsync(["openssl", .. arguments]);
}

public sealed class MysqlTlsTests(MysqlTlsFixture fixture) : IClassFixture<MysqlTlsFixture>
{
    private const string WhatCipher =
        "MYSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'x', 1, 1, '/h', variable_value FROM information_schema.session_status "
        + "WHERE variable_name = 'Ssl_cipher'\nMYSQL_USER_TABLE t\nMYSQL_CLEAR_PWFIELD c\n";

    /// <summary>The cipher, empty for clear text, or the error.</summary>
    private static async Task<string> AskAsync(string settings)
    {
        await using MysqlHost host = new(settings + WhatCipher);
        AuthOutcome outcome = await host.LookupAsync("x");
        return outcome.Account is { } account ? account.Maildir ?? "" : Assert.Single(host.Errors);
    }

    private string Settings(string tls, string user = "mail") => fixture.Server.OverTcp.Replace(
        "USERNAME mail", "USERNAME " + user, StringComparison.Ordinal) + tls.Replace("{0}", fixture[""].TrimEnd('/'), StringComparison.Ordinal) + "\n";

    [Theory]
    [InlineData("", "mail", "")]
    [InlineData("MYSQL_SSL_CACERT {0}/ca.pem", "mail", "TLS")]
    [InlineData("MYSQL_SSL_CAPATH {0}/capath", "mail", "TLS")]
    [InlineData("MYSQL_SSL_CACERT {0}/ca.pem", "secure", "TLS")]
    [InlineData("MYSQL_SSL_CACERT {0}/ca.pem\nMYSQL_SSL_CERT {0}/client.pem\nMYSQL_SSL_KEY {0}/client.key", "certified", "TLS")]
    [InlineData("MYSQL_SSL_CACERT {0}/ca.pem\nMYSQL_SSL_CIPHERS TLS_CHACHA20_POLY1305_SHA256", "mail", "TLS_CHACHA20_POLY1305_SHA256")]
    [InlineData("MYSQL_SSL_CACERT {0}/other.pem", "mail", "certificate")]
    [InlineData("MYSQL_SSL_CACERT {0}/ca.pem", "certified", "Access denied")]
    [InlineData("MYSQL_SSL_CERT {0}/client.pem\nMYSQL_SSL_KEY {0}/client.key", "certified", "Access denied")]
    public async Task The_keys_decide_what_is_encrypted_and_whom_we_trust(string tls, string user, string seen)
    {
        string result = await AskAsync(Settings(tls, user));
        Assert.Contains(seen, result, StringComparison.Ordinal);
        Assert.Equal(seen.Length == 0, result.Length == 0);
    }

    [Fact]
    public async Task The_socket_needs_no_TLS()
    {
        Assert.Equal("", await AskAsync(fixture.Server.OverSocket));
        Assert.Equal("", await AskAsync(fixture.Server.OverSocket.Replace("MYSQL_PORT 0\nMYSQL_OPT 0\n", "", StringComparison.Ordinal)));
        Assert.Equal("", await AskAsync(fixture.Server.OverSocket + "MYSQL_SERVER localhost\n"));
        Assert.Equal("", await AskAsync(fixture.Server.OverSocket.Replace(
            "USERNAME mail\nMYSQL_PASSWORD secret", "USERNAME nopassword", StringComparison.Ordinal)));
    }
}

[Collection(MysqlFixture.Name)]
public sealed class MysqlWithoutTlsTests(MysqlFixture fixture)
{
    [Fact]
    public async Task A_server_without_TLS_gets_nothing_in_clear_text_when_TLS_is_asked_for()
    {
        // Any certificate will do, because the server has none to compare it with.
        using ScratchDirectory files = new();
        await ProcessRunner.RunOrThrowAsync(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=ca",
            "-keyout", files["ca.key"], "-out", files["ca.pem"],
        ]);
        await using MysqlHost host = new($"{fixture.Settings}\nMYSQL_SSL_CACERT {files["ca.pem"]}");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Contains("the server has no TLS", Assert.Single(host.Errors), StringComparison.Ordinal);
        host.Write(fixture.Settings);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }
}
