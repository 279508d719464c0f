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
        Assert.Equal($"x.ini: [limits] connections must be a number from 1 to 100000, not '{value}'", e.Message);
    }

    [Fact]
    public void A_text_that_is_no_ini_file_is_an_error_that_names_the_file()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Read("[limits]\nconnections\n"));
        Assert.StartsWith("x.ini: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_nothing_reads_are_warned_about() => Assert.Equal(
        ["x.ini: [limits] conections is not a setting of this daemon",
            "x.ini: [nosuch] key is not a setting of this daemon"],
        DaemonIni.Parse("x.ini", "[limits]\nconections = 3\nidle-seconds = 4\n[nosuch]\nkey = 1\n").Warnings().Order());

    private static Limits Read(string text) => Limits.From(DaemonIni.Parse("x.ini", text));
}
