// Filters: a value stays a value.
using Authd.Modules.Ldap;
using Xunit;

namespace Authd.Tests.Unit.Modules.Ldap;

public class LdapFilterTests
{
    [Theory]
    [InlineData("john@example.com", "john@example.com")]
    [InlineData("*", "\\2a")]
    [InlineData("a(b)c\\d\0e", "a\\28b\\29c\\5cd\\00e")]
    [InlineData("*)(uid=*", "\\2a\\29\\28uid=\\2a")]
    [InlineData("j\u00c3\u00bc=<>~&|!", "j\u00c3\u00bc=<>~&|!")]
    [InlineData("", "")]
    public void A_value_is_escaped_as_RFC_4515_says(string value, string escaped) =>
        Assert.Equal(escaped, LdapFilter.Escape(value));

    [Theory]
    [InlineData(null, "(mail=\\2a)")]
    [InlineData("", "(mail=\\2a)")]
    [InlineData("(x=y)", "(&(x=y)(mail=\\2a))")]
    public void A_filter_of_the_administrator_s_is_added(string? also, string filter) =>
        Assert.Equal(filter, LdapFilter.Equal("mail", "*", also));

    [Theory]
    [InlineData("(&(userid=@user@)(realm=@realm@))", "john@example.com", "(&(userid=john)(realm=example.com))")]
    [InlineData("(mail=@user@\\40@realm@)", "a*@b@c", "(mail=a\\2a\\40b@c)")]
    [InlineData("(x=@nothing@y)", "a@b", "(x=y)")]
    [InlineData("(x=@user@", "a@b", "(x=a")]
    [InlineData("(x=@user", "a@b", "(x=a")]
    [InlineData("(x=y)", "a@b", "(x=y)")]
    [InlineData("(u=@user@)(r=@realm@)", "@", "(u=)(r=)")]
    [InlineData("(u=@user@)", "(@)", "(u=\\28)")]
    public void A_template_takes_the_parts_of_an_address(string template, string name, string filter) =>
        Assert.Equal(filter, LdapFilter.FromTemplate(template, name));
}
