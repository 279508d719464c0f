// Map files: their syntax, and the table that a writer finds in them.
using Authd.Core.Configuration;
using Authd.Modules.PostfixRelay;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.PostfixRelay;

public sealed class PostfixMapTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_syntax_is_that_of_main_cf()
    {
        PostfixMap map = Map("""
            # a comment = nothing
            hosts = unix:/run/a,
              # in between
              inet:db2.example.com:5433
            user=postfix
               dbname   =   mail
            empty =
            user = other
            password = a # b = $user
            """);
        Assert.Equal(["unix:/run/a", "inet:db2.example.com:5433"], map.Hosts);
        Assert.Equal(("other", "a # b = $user"), (map["user"], map["password"]));
        Assert.Null(map["empty"]);
        Assert.Null(map["missing"]);
    }

    [Theory]
    [InlineData("query = SELECT logintime FROM relayed WHERE ip = '%s'", "relayed", "ip", "logintime")]
    [InlineData("query = select  t\n  from mail.relayed\n  where a='%s';", "mail.relayed", "a", "t")]
    [InlineData("query = SELECT `time` FROM `re layed` WHERE \"ip\" = '%u'", "`re layed`", "\"ip\"", "`time`")]
    [InlineData("table = relayed\nwhere_field = ip\nselect_field = logintime", "relayed", "ip", "logintime")]
    [InlineData("query = SELECT f('%s')\ntable = relayed\nwhere_field = ip\nselect_field = t", "relayed", "ip", "t")]
    public void The_columns_come_from_a_plain_query_or_from_the_four_keys(string text, string table, string key,
        string value) =>
        Assert.Equal(new LoginColumns(table, key, value), Map(text).Columns());

    [Theory]
    [InlineData("query = SELECT t FROM a JOIN b USING (x) WHERE ip = '%s'", "map.cf:1: query: is not of the form")]
    [InlineData("query = SELECT t FROM a WHERE ip = '%s' AND active", "map.cf:1: query: is not of the form")]
    [InlineData("user = x\nquery = SELECT t, 'a' FROM a WHERE ip = '%s'", "map.cf:2: query: is not of the form")]
    [InlineData("user = x", "map.cf: table: is missing")]
    [InlineData("table = a\nwhere_field = ip", "map.cf: select_field: is missing")]
    [InlineData("table = a\nwhere_field = lower(ip)\nselect_field = t",
        "map.cf:2: where_field: 'lower(ip)' is no plain name")]
    [InlineData("table = a; DROP TABLE b\nwhere_field = ip\nselect_field = t",
        "map.cf:1: table: 'a; DROP TABLE b' is no plain name")]
    public void What_cannot_be_written_to_is_named(string text, string message) =>
        Assert.Contains(
            message, Assert.Throws<ConfigurationException>(() => Map(text).Columns()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("unix:/run/x", "/run/x", "", 0)]
    [InlineData("/run/x", "/run/x", "", 0)]
    [InlineData("db", null, "db", 0)]
    [InlineData("db:5433", null, "db", 5433)]
    [InlineData("inet:db:5433", null, "db", 5433)]
    [InlineData("inet:[2001:db8::1]:5433", null, "2001:db8::1", 5433)]
    [InlineData("[2001:db8::1]", null, "2001:db8::1", 0)]
    public void Hosts_are_sockets_or_names_with_ports(string word, string? socket, string host, int port) =>
        Assert.Equal(new MapHost(socket, host, port), Map("").Host(word));

    [Fact]
    public void A_bad_port_and_a_line_without_an_equals_sign_are_errors() => Assert.Equal(
        (true, true),
        (Assert.Throws<ConfigurationException>(() => Map("hosts = db:x").Host("db:x")).Message.EndsWith(
            "map.cf:1: hosts: 'db:x' has no valid port", StringComparison.Ordinal),
        Assert.Throws<ConfigurationException>(() => Map("user = x\nhosts").Hosts).Message.EndsWith(
            "map.cf:2: missing '=' after the parameter's name", StringComparison.Ordinal)));

    private PostfixMap Map(string text)
    {
        File.WriteAllText(_scratch["map.cf"], text);
        return PostfixMap.Read(_scratch["map.cf"]);
    }
}
