// Sections [sasl] and [maps] of authdaemond.ini.
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Linux.Files;
using Xunit;

namespace Authd.Tests.Unit.Daemon;

public sealed class ServiceSocketSettingsTests
{
    [Fact]
    public void Nothing_listens_unless_it_is_said_where() =>
        Assert.Empty(ServiceSocketSettings.Read(Ini("[sasl]\nowner = nosuchuser\nmode = x\n")));

    [Fact]
    public void A_socket_is_the_owners_and_its_groups()
    {
        Assert.Equal(
            [
                new ServiceSocketSettings("sasl", "/run/a", new FileOwner(1, 1, (UnixFileMode)0x1B0), "daemon"),
                new ServiceSocketSettings("maps", "/run/b", new FileOwner(7, 0, (UnixFileMode)0x1B6), "7"),
            ],
            ServiceSocketSettings.Read(Ini(
                "[maps]\nlisten = /run/b\nowner = 7\ngroup = root\nmode = 0666\n[sasl]\nlisten = /run/a\nowner = daemon\n")));
    }

    [Theory]
    [InlineData("[sasl]\nlisten = private/auth", "[sasl] listen must be an absolute path, not 'private/auth'")]
    [InlineData("[sasl]\nlisten = /run/", "[sasl] listen must be the path of a socket, of at most 103 bytes, not '/run/'")]
    [InlineData("[sasl]\nlisten = /a\nmode = 888", "[sasl] mode must be an octal number from 0000 to 0777, like 0660, not '888'")]
    [InlineData("[sasl]\nlisten = /a\nmode = 4755", "[sasl] mode must be an octal number from 0000 to 0777, like 0660, not '4755'")]
    [InlineData("[sasl]\nlisten = /a\nowner = no-such-user", "[sasl] owner must be a user of this machine, by name or number, not 'no-such-user'")]
    [InlineData("[maps]\nlisten = /a\nowner = root\ngroup = no-such-group", "[maps] group must be a group of this machine, by name or number, not 'no-such-group'")]
    [InlineData("[sasl]\nlisten = /a\nowner = 0\n[maps]\nlisten = /a\nowner = 0", "[maps] listen must be another path than that of [sasl], not '/a'")]
    public void Mistakes_are_named(string text, string complaint) => Assert.Contains(
        complaint, Assert.Throws<ConfigurationException>(() => ServiceSocketSettings.Read(Ini(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Mechanisms_are_those_that_an_account_could_use()
    {
        Assert.Equal(["PLAIN", "LOGIN"], SaslSettings.Read(Ini("")).Mechanisms);
        SaslSettings all = SaslSettings.Read(Ini("[sasl]\nmechanisms = plain, LOGIN cram-md5 scram-sha-256\n"));
        Assert.Equal(["PLAIN", "LOGIN"], all.UsableBy(["authpam", "authpwd", "authpostfix"]));
        Assert.Equal(["PLAIN", "LOGIN", "CRAM-MD5"], all.UsableBy(["authpam", "authuserdb"]));
        Assert.Equal(["CRAM-MD5"], all.UsableBy(["authcram"]));
        Assert.Equal(["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"], all.UsableBy(["authpgsql"]));
        Assert.Empty(all.Doubts(["authpgsql"]));
        Assert.Equal(2, all.Doubts(["authpam"]).Count());
        Assert.Contains(
            "[sasl] mechanisms must be some of plain login cram-md5",
            Assert.Throws<ConfigurationException>(() => SaslSettings.Read(Ini("[sasl]\nmechanisms = digest-md5\n"))).Message,
            StringComparison.Ordinal);
    }

    private static DaemonIni Ini(string text) => DaemonIni.Parse("authdaemond.ini", text + "\n");
}
