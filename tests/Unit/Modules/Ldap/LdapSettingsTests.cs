// authldaprc: values, defaults of missing ones, and refusals with their place in the file.
using System.Text;
using Authd.Core.Configuration;
using Authd.Linux.Ldap;
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
            "LDAP_INITBIND 1\nLDAP_BINDDN cn=a b\nLDAP_BINDPW p w\nLDAP_TIMEOUT 7\nLDAP_DEREF FINDING\nLDAP_GLOB_UID root\nLDAP_GLOB_GID 12\n"
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

    [Theory]
    [InlineData("yes")]
    [InlineData("On")]
    [InlineData("true")]
    [InlineData("1")]
    public void A_switch_that_is_on_is_on(string word)
    {
        LdapSettings settings = Read($"LDAP_TLS {word}\nLDAP_AUTHBIND {word}\nLDAP_INITBIND {word}\nLDAP_BINDDN cn=a\nLDAP_BINDPW b # c");
        Assert.Equal((true, true, ("cn=a", "b # c")), (settings.StartTls, settings.BindsAsUser, settings.InitialBind!.Value));
    }

    [Theory]
    [InlineData("(&(objectClass=person)(!(uid=x*)))")]
    [InlineData("(memberOf:1.2.840.113556.1.4.1941:=cn=mail,dc=x)")]
    [InlineData("(mail=\\2a*)")]
    public void Filters_of_all_kinds_are_taken(string filter) => Assert.Equal(filter, Read($"LDAP_FILTER {filter}").Filter);

    [Theory]
    [InlineData("DC=Example, DC=com")]
    [InlineData("<GUID=1234>")]
    [InlineData("")]
    [InlineData("ou=a\\,b+cn=c,o=d")]
    public void Names_of_all_kinds_are_taken(string dn) =>
        Assert.Equal(dn, Read("", $"LDAP_URI ldap://a\nLDAP_BASEDN {dn}\n").BaseDn);

    [Fact]
    public void Old_names_are_told_even_where_loading_fails()
    {
        RcFile file = RcFile.Parse("/etc/authldaprc", "LDAP_SERVER a\nLDAP_PORT 389\nLDAP_BASEDN o=x\n"u8);
        Assert.Equal("LDAP_URI not found in /etc/authldaprc", Assert.Throws<ConfigurationException>(() => LdapSettings.Read(file)).Message);
        Assert.Equal(
            [
                "/etc/authldaprc:1: LDAP_SERVER is not read: say it in LDAP_URI, e.g. LDAP_URI ldap://HOST",
                "/etc/authldaprc:2: LDAP_PORT is not read: say it in LDAP_URI, e.g. LDAP_URI ldap://HOST:389",
            ],
            file.Warnings);
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
    [InlineData("LDAP_TIMEOUT 5s", "/etc/authldaprc:3: LDAP_TIMEOUT: must be a number of seconds, not '5s'")]
    [InlineData("LDAP_TLS maybe", "/etc/authldaprc:3: LDAP_TLS: must be 1 or 0 (yes or no), not 'maybe'")]
    [InlineData("LDAP_FILTER (&(mail=*)(uidNumber>=10000)",
        "/etc/authldaprc:3: LDAP_FILTER: '(&(mail=*)(uidNumber>=10000)' is no search filter: its ( and ) do not match")]
    [InlineData("LDAP_FILTER accountStatus=active",
        "/etc/authldaprc:3: LDAP_FILTER: 'accountStatus=active' is no search filter: it needs ( and ) around it, as in (accountStatus=active)")]
    [InlineData("LDAP_FILTER (a=b) # all", "/etc/authldaprc:3: LDAP_FILTER: '(a=b) # all' is no search filter: what stands behind a # is "
        + "part of the value, comments have lines of their own")]
    [InlineData("LDAP_ENUMERATE_FILTER (|(a=b)", "/etc/authldaprc:3: LDAP_ENUMERATE_FILTER: '(|(a=b)' is no search filter: its ( and ) do not match")]
    [InlineData("LDAP_EMAILMAP (&(a=@user@)(b=@realm@)",
        "/etc/authldaprc:3: LDAP_EMAILMAP: '(&(a=@user@)(b=@realm@)' is no search filter: its ( and ) do not match")]
    [InlineData("LDAP_EMAILMAP (a=@user@)\nLDAP_EMAILMAP_BASEDN nowhere",
        "/etc/authldaprc:4: LDAP_EMAILMAP_BASEDN: 'nowhere' is no name of an entry, such as dc=example,dc=com")]
    [InlineData("LDAP_MAIL sAMAccountName   # login attribute", "/etc/authldaprc:3: LDAP_MAIL: 'sAMAccountName   # login attribute' is no name of "
        + "an attribute: what stands behind a # is part of the value, comments have lines of their own")]
    [InlineData("LDAP_HOMEDIR home directory", "/etc/authldaprc:3: LDAP_HOMEDIR: 'home directory' is no name of an attribute")]
    public void What_cannot_be_is_refused(string more, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => Read(more)).Message);

    [Theory]
    [InlineData("LDAP_BASEDN x", "LDAP_URI not found in /etc/authldaprc")]
    [InlineData("LDAP_URI ldap://a", "LDAP_BASEDN not found in /etc/authldaprc")]
    [InlineData("LDAP_URI http://a\nLDAP_BASEDN x",
        "/etc/authldaprc:1: LDAP_URI: 'http://a' is no ldap://, ldaps:// or ldapi:// URI")]
    [InlineData("LDAP_URI ldap://a\nLDAP_BASEDN example.com",
        "/etc/authldaprc:2: LDAP_BASEDN: 'example.com' is no name of an entry, such as dc=example,dc=com")]
    [InlineData("LDAP_URI ,\nLDAP_BASEDN x", "/etc/authldaprc:1: LDAP_URI: names no server")]
    public void A_directory_is_needed(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => Read("", text)).Message);
}
