// authldaprc: what is read, what stands in for what is not there, and what is refused, with its place.
using System.Text;
using Authd.Core.Configuration;
using Authd.Interop;
using Authd.Modules.Ldap;
using Xunit;

namespace Authd.Tests.Unit.Modules.Ldap;

public class LdapSettingsTests
{
    private static LdapSettings Read(string more, string start = "LDAP_URI ldap://a\nLDAP_BASEDN o=x, c=y\n") =>
        LdapSettings.Read(RcFile.Parse("/etc/authldaprc", Encoding.Latin1.GetBytes(start + more)));

    [Fact]
    public void What_is_not_there_has_its_default()
    {
        LdapSettings settings = Read("");
        Assert.Equal(["ldap://a"], settings.Uris);
        Assert.Equal(("o=x, c=y", 0, "mail", "(mail=*)"),
            (settings.BaseDn, settings.ProtocolVersion, settings.Mail, settings.ListFilter));
        Assert.Equal((null, TimeSpan.FromSeconds(5)), (settings.InitialBind, settings.Timeout));
        Assert.Equal((false, false, LdapDeref.Never), (settings.BindsAsUser, settings.StartTls, settings.Dereference));
        Assert.Equal((0u, 0u), (settings.Uid, settings.Gid));
        Assert.Equal(("homeDir", null), (settings.Attributes.Home, settings.Attributes.Maildir));
        Assert.Null(settings.EmailMap);
        Assert.Empty(settings.Attributes.Options);
    }

    [Fact]
    public void What_is_there_is_read()
    {
        LdapSettings settings = Read(
            "LDAP_INITBIND 1\nLDAP_BINDDN cn=a b\nLDAP_BINDPW p w\nLDAP_TIMEOUT 7x\nLDAP_DEREF FINDING\nLDAP_GLOB_UID root\nLDAP_GLOB_GID 12\n"
            + "LDAP_AUXOPTIONS a=b,c,d=,=e, f=g\nLDAP_MAIL uid\nLDAP_FILTER (a=b)\nLDAP_HOMEDIR\nLDAP_PROTOCOL_VERSION 2\n"
            + "LDAP_EMAILMAP (x=@user@)\n",
            "LDAP_URI ldap://a, ldaps://b:1  LDAPI://%2fs,\nLDAP_BASEDN o=x\n");
        Assert.Equal(["ldap://a", "ldaps://b:1", "LDAPI://%2fs"], settings.Uris);
        Assert.Equal(("cn=a b", "p w"), settings.InitialBind);
        Assert.Equal((TimeSpan.FromSeconds(7), LdapDeref.Finding, 2),
            (settings.Timeout, settings.Dereference, settings.ProtocolVersion));
        Assert.Equal((0u, 12u), (settings.Uid, settings.Gid));
        Assert.Equal([("a", "b"), ("c", "c"), ("d", "d"), ("f", "g")], settings.Attributes.Options);
        Assert.Equal(("uid", "(a=b)", null), (settings.Mail, settings.ListFilter, settings.Attributes.Home));
        Assert.Equal(new LdapEmailMap("(x=@user@)", "o=x", "handle", "uid"), settings.EmailMap);
    }

    [Fact]
    public void Zero_is_no_limit() => Assert.Null(Read("LDAP_TIMEOUT 0").Timeout);

    [Theory]
    [InlineData("LDAP_PROTOCOL_VERSION 4", "/etc/authldaprc:3: LDAP_PROTOCOL_VERSION: not supported: must be 2 or 3")]
    [InlineData("LDAP_TIMEOUT soon", "/etc/authldaprc:3: LDAP_TIMEOUT: must be a number of seconds, not 'soon'")]
    [InlineData("LDAP_TIMEOUT -1", "/etc/authldaprc:3: LDAP_TIMEOUT: must be a number of seconds, not '-1'")]
    [InlineData("LDAP_TIMEOUT", "/etc/authldaprc:3: LDAP_TIMEOUT: must be a number of seconds, not ''")]
    [InlineData("LDAP_DEREF x", "/etc/authldaprc:3: LDAP_DEREF: must be never, searching, finding or always, not 'x'")]
    [InlineData("LDAP_GLOB_UID no such user",
        "/etc/authldaprc:3: LDAP_GLOB_UID: 'no such user' is neither a number nor a known name")]
    [InlineData("LDAP_GLOB_GID no such group",
        "/etc/authldaprc:3: LDAP_GLOB_GID: 'no such group' is neither a number nor a known name")]
    [InlineData("LDAP_INITBIND 1", "LDAP_BINDDN not found in /etc/authldaprc")]
    [InlineData("LDAP_INITBIND 1\nLDAP_BINDDN x", "LDAP_BINDPW not found in /etc/authldaprc")]
    public void What_cannot_be_is_refused(string more, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => Read(more)).Message);

    [Theory]
    [InlineData("LDAP_BASEDN x", "LDAP_URI not found in /etc/authldaprc")]
    [InlineData("LDAP_URI ldap://a", "LDAP_BASEDN not found in /etc/authldaprc")]
    [InlineData("LDAP_URI http://a\nLDAP_BASEDN x",
        "/etc/authldaprc:1: LDAP_URI: 'http://a' is no ldap://, ldaps:// or ldapi:// URI")]
    [InlineData("LDAP_URI ,\nLDAP_BASEDN x", "/etc/authldaprc:1: LDAP_URI: names no server")]
    public void A_directory_is_needed(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => Read("", text)).Message);
}
