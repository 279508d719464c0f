// authdaemond.ini: defaults, values, and errors that name file and key.
using Authd.Core.Configuration;
using Xunit;

namespace Authd.Tests.Unit.Core.Configuration;

public sealed class LimitsTests
{
    [Fact]
    public void Without_a_file_every_limit_has_its_default()
    {
        Limits limits = Read("");
        Assert.Equal(
            (1000, 10, 25, 30, 65536),
            (limits.Connections, limits.IdleSeconds, limits.RequestSeconds, limits.WriteSeconds, limits.RequestBytes));
    }

    [Fact]
    public void Values_are_taken()
    {
        Limits limits = Read("""
            ; a comment
            [limits]
            connections = 20
            idle-seconds=5
            [workers]
            blocking = 3
            """);
        Assert.Equal((20, 5, 3), (limits.Connections, limits.IdleSeconds, limits.Blocking));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData("99999999999")]
    public void A_value_out_of_range_is_an_error_that_names_file_and_key(string value)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Read($"[limits]\nconnections = {value}\n"));
        Assert.Equal($"x.ini:2: [limits] connections must be a number from 1 to 100000, not '{value}'", e.Message);
    }

    [Fact]
    public void A_text_that_is_no_ini_file_is_an_error_that_names_the_file()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Read("[limits]\nconnections\n"));
        Assert.Equal("x.ini:2: neither '[section]' nor 'key = value' nor a comment: 'connections'", e.Message);
    }

    [Fact]
    public void Keys_that_nothing_reads_are_warned_about() => Assert.Equal(
        ["x.ini:2: [nosuch] key is not a setting of this daemon",
            "x.ini:4: [limits] conections is not a setting of this daemon (did you mean [limits] connections?)"],
        DaemonIni.Parse("x.ini", "[nosuch]\nkey = 1\n[limits]\nconections = 3\nidle-seconds = 4\n")
            .Check([static ini => Limits.From(ini)]));

    [Fact]
    public void All_wrong_values_are_named_at_once()
    {
        DaemonIni ini = DaemonIni.Parse("x.ini", "[limits]\nconnections = none\n; fine\nidle-seconds = 4\nrequest-bytes=1\n[log]\nsuccessful-logins = maybe\n");
        ConfigurationException e = Assert.Throws<ConfigurationException>(
            () => ini.Check([static ini => Limits.From(ini), static ini => _ = ini.LogsSuccessfulLogins]));
        Assert.Equal(
            ["x.ini:2: [limits] connections must be a number from 1 to 100000, not 'none'",
                "x.ini:5: [limits] request-bytes must be a number from 16384 to 16777216, not '1'",
                "x.ini:7: [log] successful-logins must be yes or no, not 'maybe'"],
            e.Problems);
    }

    [Fact]
    public void All_lines_that_are_no_settings_are_named_at_once()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(
            () => Read("[limits]\nconnections 5\nidle-seconds = 4\nIDLE-seconds = 5\n[log\n"));
        Assert.Equal(
            ["x.ini:2: neither '[section]' nor 'key = value' nor a comment: 'connections 5'",
                "x.ini:4: [limits] IDLE-seconds is set for the second time, first in line 3; remove one of the two",
                "x.ini:5: neither '[section]' nor 'key = value' nor a comment: '[log'"],
            e.Problems);
    }

    [Fact]
    public void A_key_above_all_sections_is_unknown() => Assert.Equal(
        ["x.ini:1: connections is not a setting of this daemon"],
        DaemonIni.Parse("x.ini", "connections = 5\n").Check([static ini => Limits.From(ini)]));

    private static Limits Read(string text) => Limits.From(DaemonIni.Parse("x.ini", text));
}
