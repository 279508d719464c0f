// PGSQL_CONNECTION on a real server: sockets, hosts, files, TLS.
using System.Diagnostics;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

public sealed class TlsFixture : IAsyncLifetime
{
    private const string Issuers = "http://127.0.0.1:1/ca.crt";

    public string Files { get; } = Directory.CreateTempSubdirectory("tls").FullName;

    public PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await OpenSslAsync("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=testca -keyout ca.key -out ca.crt");
        await OpenSslAsync("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=otherca -keyout other.key -out other.crt");
        // No program may look there for the certificate of an unknown authority.
        await SignAsync("server", "/CN=db.test", $"subjectAltName=IP:127.0.0.1\nauthorityInfoAccess=caIssuers;URI:{Issuers}");
        await SignAsync("client", "/CN=certuser", "extendedKeyUsage=clientAuth");
        string own = Path.Combine(Files, "owned.key");
        File.Copy(Path.Combine(Files, "server.key"), own);
        await PostgresServer.GiveAsync(own);
        File.SetUnixFileMode(Files, (UnixFileMode)Convert.ToInt32("755", 8));
        Server = await PostgresServer.StartNewAsync(new PostgresOptions(
            Settings: $"ssl = on\nssl_cert_file = '{Files}/server.crt'\nssl_key_file = '{own}'\nssl_ca_file = '{Files}/ca.crt'",
            HostBased: """
                local all postgres trust
                local all filed scram-sha-256
                hostssl all certuser 127.0.0.1/32 cert
                host all all 127.0.0.1/32 scram-sha-256
                """));
        await Server.PsqlAsync("""
            CREATE ROLE certuser LOGIN; CREATE ROLE filed LOGIN PASSWORD 'from:file\';
            CREATE TABLE passwd (id text, clear text, uid int, gid int, home text);
            GRANT SELECT ON passwd TO PUBLIC;
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/home/alice');
            """);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(Files, recursive: true);
    }

    private async Task SignAsync(string name, string subject, string extension)
    {
        await File.WriteAllTextAsync(Path.Combine(Files, name + ".ext"), extension);
        await OpenSslAsync($"req -newkey rsa:2048 -nodes -subj {subject} -keyout {name}.key -out {name}.csr");
        await OpenSslAsync($"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile {name}.ext -out {name}.crt");
    }

    private async Task OpenSslAsync(string arguments)
    {
        ProcessStartInfo start = new("openssl", arguments) { WorkingDirectory = Files, RedirectStandardError = true };
        using Process openssl = Process.Start(start)!;
        string error = await openssl.StandardError.ReadToEndAsync();
        await openssl.WaitForExitAsync();
        Assert.True(openssl.ExitCode == 0, error);
    }
}

public sealed class PgsqlConninfoTests(TlsFixture fixture) : IClassFixture<TlsFixture>
{
    private static async Task<(AuthOutcome Outcome, string[] Errors)> AskAsync(string conninfo)
    {
        await using PgsqlHost host = new($"""
            PGSQL_CONNECTION {conninfo}
            PGSQL_USER_TABLE passwd
            PGSQL_CLEAR_PWFIELD clear
            PGSQL_NAME_FIELD current_user || ' ' || coalesce((SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()), '-') \
                || ' ' || current_setting('application_name') || ' ' || current_setting('work_mem')
            """);
        return (await host.LookupAsync("alice"), host.Errors);
    }

    private static async Task<string> FactsAsync(string conninfo)
    {
        (AuthOutcome outcome, string[] errors) = await AskAsync(conninfo);
        Assert.Empty(errors);
        return outcome.Account!.FullName!;
    }

    private string Tcp => $"host=127.0.0.1 port={fixture.Server.Port} dbname=postgres user=postgres password=secret";

    [Fact]
    public async Task Both_forms_reach_the_server_over_tcp_and_unix_socket()
    {
        Assert.Equal("postgres - me 5MB", await FactsAsync(
            $"host='{fixture.Server.Directory}' port={fixture.Server.Port} user=postgres application_name=me options='-c work_mem=5MB'"));
        Assert.Equal("postgres - me 5MB", await FactsAsync(
            $"postgresql://postgres@{Uri.EscapeDataString(fixture.Server.Directory)}:{fixture.Server.Port}/postgres"
            + "?application_name=me&options=-c%20work_mem%3D5MB&sslmode=require"));
        Assert.StartsWith("postgres - ", await FactsAsync(Tcp + " sslmode=disable"), StringComparison.Ordinal);
        Assert.StartsWith("postgres TLS", await FactsAsync(
            $"postgres://postgres:secret@127.0.0.1:{fixture.Server.Port}/postgres"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sslmode=require", true)]
    [InlineData("sslmode=require sslrootcert={0}/other.crt", false)]
    [InlineData("sslmode=verify-ca sslrootcert={0}/ca.crt", true)]
    [InlineData("sslmode=verify-ca sslrootcert={0}/other.crt", false)]
    [InlineData("sslmode=verify-full sslrootcert={0}/ca.crt", true)]
    [InlineData("sslmode=verify-full sslrootcert={0}/ca.crt host=db.test hostaddr=127.0.0.1", true)]
    [InlineData("sslmode=verify-full sslrootcert={0}/ca.crt host=other.test hostaddr=127.0.0.1", false)]
    [InlineData("sslmode=verify-ca sslrootcert={0}/ca.crt host=db.test hostaddr=127.0.0.1", true)]
    [InlineData("sslmode=verify-full sslrootcert=system", false)]
    [InlineData("sslmode=require ssl_min_protocol_version=TLSv1.3", true)]
    public async Task Tls_is_checked_as_sslmode_says(string options, bool succeeds)
    {
        (AuthOutcome outcome, string[] errors) =
            await AskAsync($"{Tcp} {string.Format(System.Globalization.CultureInfo.InvariantCulture, options, fixture.Files)}");
        Assert.Equal(succeeds ? Verdict.Accept : Verdict.TempFail, outcome.Verdict);
        Assert.Equal(succeeds, errors.Length == 0);
        Assert.True(!succeeds || outcome.Account!.FullName!.StartsWith("postgres TLS", StringComparison.Ordinal));
    }

    /// <summary>The AOT binary lacks the HTTP client that .NET uses for certificates which the server does not send.</summary>
    [Theory]
    [InlineData("ca.crt", true)]
    [InlineData("other.crt", false)]
    public async Task The_program_itself_checks_tls_too(string authority, bool succeeds)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql");
        site.WriteAuthpgsqlrc(
            $"{Tcp} sslmode=verify-full sslrootcert={fixture.Files}/{authority}", "PGSQL_USER_TABLE passwd", "PGSQL_CLEAR_PWFIELD clear");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        RawReply reply = await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup("alice"));
        Assert.Equal(succeeds, reply.Text.StartsWith("UID=1\n", StringComparison.Ordinal));
        if (!succeeds)
        {
            await daemon.LogHasAsync("certificate");
        }
    }

    [Fact]
    public async Task A_client_certificate_logs_in()
    {
        string facts = await FactsAsync($"host=127.0.0.1 port={fixture.Server.Port} dbname=postgres user=certuser sslmode=verify-full "
            + $"sslrootcert={fixture.Files}/ca.crt sslcert={fixture.Files}/client.crt sslkey={fixture.Files}/client.key");
        Assert.StartsWith("certuser TLS", facts, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_comes_from_the_password_file_and_only_from_a_private_one()
    {
        string file = Path.Combine(fixture.Files, "pass");
        await File.WriteAllTextAsync(file, $"# comment\nother:*:*:*:no\n127.0.0.1:{fixture.Server.Port}:postgres:filed:from\\:file\\\\\n");
        string conninfo = $"host=127.0.0.1 port={fixture.Server.Port} dbname=postgres user=filed passfile={file}";
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.StartsWith("filed ", await FactsAsync(conninfo), StringComparison.Ordinal);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal(Verdict.TempFail, (await AskAsync(conninfo)).Outcome.Verdict);
    }

    [Fact]
    public async Task The_first_of_several_servers_that_suits_is_taken()
    {
        await using PostgresServer readOnly = await PostgresServer.StartNewAsync(
            new PostgresOptions(Settings: "default_transaction_read_only = on"));
        string three = $"host=127.0.0.1,127.0.0.1,{fixture.Server.Directory} port=1,{readOnly.Port},{fixture.Server.Port} user=postgres "
            + "password=secret dbname=postgres application_name=multi";
        Assert.StartsWith("postgres ", await FactsAsync(three + " target_session_attrs=read-write"), StringComparison.Ordinal);
        (AuthOutcome outcome, string[] errors) = await AskAsync(three + " target_session_attrs=standby");
        Assert.Equal(Verdict.TempFail, outcome.Verdict);
        Assert.Contains("is not standby", errors[1], StringComparison.Ordinal);
        Assert.StartsWith("postgres ", await FactsAsync(
            $"host=127.0.0.1,127.0.0.1 port=1,{fixture.Server.Port} user=postgres password=secret load_balance_hosts=random"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_tunes_is_honoured_or_passed_over_with_a_warning()
    {
        await using PgsqlHost host = new(
            $"PGSQL_CONNECTION {Tcp} keepalives=1 keepalives_idle=30 keepalives_interval=10 keepalives_count=5 tcp_user_timeout=5000 "
            + "fallback_application_name=mail client_encoding=UTF8 gssencmode=disable gssdelegation=0 sslsni=0 sslcompression=1 "
            + "max_protocol_version=3.2 sslcertmode=allow load_balance_hosts=disable connect_timeout=4\n"
            + "PGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD clear");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Empty(host.Errors);
        Assert.Equal(
            ((string[])["keepalives_count", "tcp_user_timeout", "sslsni", "max_protocol_version"]).Select(keyword =>
                $"Warn: {host.RcPath}:2: PGSQL_CONNECTION: {keyword} has no effect here and is passed over").Order(),
            host.Lines.Where(line => line.StartsWith("Warn:", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("gssencmode=require", "gssencmode")]
    [InlineData("requirepeer=root", "requirepeer")]
    [InlineData("sslmode=verify-ca sslrootcert=/nonexistent/ca", "/nonexistent/ca")]
    [InlineData("sslcert=/nonexistent/cert", "sslcert")]
    [InlineData("hots=x", "hots")]
    [InlineData("require_auth=gss", "require_auth")]
    [InlineData("channel_binding=maybe", "channel_binding")]
    [InlineData("sslcertmode=require", "sslcertmode")]
    [InlineData("sslcrl=/nonexistent/crl", "sslcrl")]
    [InlineData("replication=database", "replication")]
    public async Task What_cannot_be_honoured_is_an_error_that_names_it(string option, string named)
    {
        (AuthOutcome outcome, string[] errors) = await AskAsync($"{Tcp} {option}");
        Assert.Equal(Verdict.TempFail, outcome.Verdict);
        Assert.Contains(named, Assert.Single(errors), StringComparison.Ordinal);
    }
}
