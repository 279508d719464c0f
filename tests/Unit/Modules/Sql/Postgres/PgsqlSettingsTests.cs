// Section [pgsql] of authdaemond.ini.
using Authd.Core.Configuration;
using Authd.Modules.Pool;
using Authd.Modules.Sql.Postgres;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql.Postgres;

public sealed class PgsqlSettingsTests
{
    private static PgsqlSettings Read(string section, string? characterSet = null) =>
        PgsqlSettings.Read(DaemonIni.Parse("x.ini", "[pgsql]\n" + section), characterSet);

    [Fact]
    public void Every_key_has_a_default() => Assert.Equal(
        new PgsqlSettings(null, Prepare: true, 5, new PoolLimits(4, TimeSpan.FromSeconds(8), TimeSpan.FromMinutes(5))), Read("", ""));

    [Fact]
    public void Values_are_taken() => Assert.Equal(
        new PgsqlSettings("UTF8", Prepare: false, 1, new PoolLimits(50, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(60))),
        Read("prepare = no\nconnections = 50\nconnect-timeout = 1\nstatement-timeout = 25\nidle-timeout = 60", "UTF8"));

    [Theory]
    [InlineData("prepare = 1")]
    [InlineData("connections = many")]
    [InlineData("connections = 51")]
    [InlineData("connect-timeout = 0")]
    public void A_bad_value_is_an_error_that_names_the_key(string line)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Read(line));
        Assert.Contains("[pgsql] " + line.Split(' ')[0], error.Message, StringComparison.Ordinal);
    }
}
