// libpq's connection strings, service files, environment and password files.
using Authd.Modules.Sql.Postgres;
using Npgsql;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql.Postgres;

public sealed class ConninfoTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pg").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public ConninfoTests() => _environment["HOME"] = _directory;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Flat(Dictionary<string, string> found) =>
        string.Join('|', found.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private PgsqlOptions Options(string conninfo) => new(conninfo, new ConninfoDefaults(_environment.GetValueOrDefault));

    [Theory]
    [InlineData("", "")]
    [InlineData(" host = a  port=5 ", "host=a|port=5")]
    [InlineData("password='it\\'s \\\\ x' user=u", "password=it's \\ x|user=u")]
    [InlineData("password=a\\ b\\\\c user=''", "password=a b\\c|user=")]
    [InlineData("host=a host=b", "host=b")]
    [InlineData("postgresql://", "")]
    [InlineData("postgres://u:p%40w@h:1/db?sslmode=require&application_name=a%20b",
        "application_name=a b|dbname=db|host=h|password=p@w|port=1|sslmode=require|user=u")]
    [InlineData("postgresql://h1,h2:2,[::1]:3/", "host=h1,h2,::1|port=,2,3")]
    [InlineData("postgresql://%2Fvar%2Frun/db", "dbname=db|host=/var/run")]
    [InlineData("postgresql:///db?host=/tmp&ssl=true", "dbname=db|host=/tmp|sslmode=require")]
    [InlineData("postgresql://u@", "user=u")]
    public void Both_forms_are_read(string conninfo, string found) => Assert.Equal(found, Flat(Conninfo.Parse(conninfo)));

    [Theory]
    [InlineData("host")]
    [InlineData("host a")]
    [InlineData("password='x")]
    [InlineData("postgresql://h/db?x")]
    [InlineData("postgresql://%zz/")]
    [InlineData("postgresql://%00/")]
    [InlineData("postgresql://[::1/")]
    public void What_cannot_be_read_is_an_error(string conninfo) =>
        Assert.Throws<FormatException>(() => Conninfo.Parse(conninfo));

    [Fact]
    public void The_service_file_completes_the_conninfo_and_the_environment_both()
    {
        _environment["PGSERVICEFILE"] = Path.Combine(_directory, "services");
        _environment["PGHOST"] = "envhost";
        _environment["PGAPPNAME"] = "env";
        File.WriteAllText(_environment["PGSERVICEFILE"],
            "# c\n[other]\nhost=no\n[mail]\nhost=svc\nport=7\nuser=svcuser\n\n[more]\nport=8\n");
        PgsqlOptions options = Options("service=mail user=given dbname=d");
        Assert.Equal([new PgsqlHost("svc", "svc", 7)], options.Hosts);
        Assert.Equal(("given", "d"), (options.User, options.Database));
        Assert.Equal("env", options.Builder(options.Hosts[0]).ConnectionStringBuilder.ApplicationName);
        _environment["PGSERVICE"] = "nowhere";
        Assert.Contains(
            "nowhere", Assert.Throws<FormatException>(() => Options("user=u")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hosts_addresses_and_ports_belong_together()
    {
        Assert.Equal(
            [new PgsqlHost("a", "10.0.0.1", 1), new PgsqlHost("b", "10.0.0.2", 2)],
            Options("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2").Hosts);
        Assert.Equal([new PgsqlHost("a", "a", 9), new PgsqlHost("/s", "/s", 9)], Options("host=a,/s port=9").Hosts);
        Assert.True(Options("user=u").Hosts[0].IsSocket);
        Assert.Equal("u", Options("user=u").Database);
        Assert.Throws<FormatException>(() => Options("host=a,b hostaddr=10.0.0.1"));
        Assert.Throws<FormatException>(() => Options("host=a,b,c port=1,2"));
        Assert.Throws<FormatException>(() => Options("host=a port=70000"));
    }

    [Theory]
    [InlineData("sslmode=disable", SslMode.Disable)]
    [InlineData("", SslMode.Prefer)]
    [InlineData("sslmode=require", SslMode.Require)]
    [InlineData("sslmode=allow gssencmode=disable sslcompression=0 sslsni=1 connect_timeout=3", SslMode.Allow)]
    public void Sslmode_means_what_libpq_means(string options, SslMode mode)
    {
        PgsqlOptions tcp = Options("host=h " + options);
        Assert.Equal(mode, tcp.Builder(tcp.Hosts[0]).ConnectionStringBuilder.SslMode);
        PgsqlOptions socket = Options("host=/tmp " + options);
        Assert.Equal(SslMode.Disable, socket.Builder(socket.Hosts[0]).ConnectionStringBuilder.SslMode);
    }

    [Fact]
    public void Require_checks_the_certificate_when_there_is_a_root_certificate()
    {
        Directory.CreateDirectory(Path.Combine(_directory, ".postgresql"));
        File.WriteAllText(Path.Combine(_directory, ".postgresql", "root.crt"), "");
        PgsqlOptions options = Options("host=h sslmode=require");
        Assert.Equal(SslMode.VerifyCA, options.Builder(options.Hosts[0]).ConnectionStringBuilder.SslMode);
    }

    [Fact]
    public void Keepalives_and_authentication_reach_npgsql()
    {
        PgsqlOptions options = Options(
            "host=h keepalives_idle=11 keepalives_interval=12 require_auth=scram-sha-256,md5 channel_binding=require");
        NpgsqlConnectionStringBuilder settings = options.Builder(options.Hosts[0]).ConnectionStringBuilder;
        Assert.Equal((true, 11, 12), (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval));
        Assert.Equal(("ScramSHA256,MD5", ChannelBinding.Require), (settings.RequireAuth, settings.ChannelBinding));
        options = Options("host=h keepalives=0");
        Assert.False(options.Builder(options.Hosts[0]).ConnectionStringBuilder.TcpKeepAlive);
    }

    [Theory]
    [InlineData("*:*:*:*:any", "any")]
    [InlineData("h:5432:d:u:pw", "pw")]
    [InlineData("h:5433:d:u:pw", null)]
    [InlineData("#h:5432:d:u:pw", null)]
    [InlineData("x:*:*:*:no\nh:*:*:u:a\\:b\\\\c", "a:b\\c")]
    [InlineData("h:5432:d", null)]
    [InlineData("", null)]
    public void The_first_matching_line_of_the_password_file_counts(string text, string? password)
    {
        string path = Path.Combine(_directory, ".pgpass");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        PgsqlOptions options = Options("host=h user=u dbname=d");
        Assert.Equal(password, options.Password(options.Hosts[0], Assert.Fail));
    }
}
