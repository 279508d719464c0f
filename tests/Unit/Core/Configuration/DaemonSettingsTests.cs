// The daemon's typed settings: numbers as atoi reads them, limits, and the messages about bad ones.
using System.Text;
using Authd.Core.Configuration;
using Xunit;

namespace Authd.Tests.Unit.Core.Configuration;

public class DaemonSettingsTests
{
    private const string Missing = "rc: daemons is not set, using 1; write daemons=5, or another number of workers";

    [Theory]
    [InlineData("", 1, Missing)]
    [InlineData("daemons=", 1, Missing)]
    [InlineData("daemons=0", 1, "rc:1: daemons: must be a number of workers from 1 to 1024, not '0', using 1")]
    [InlineData("\ndaemons=many", 1, "rc:2: daemons: must be a number of workers from 1 to 1024, not 'many', using 1")]
    [InlineData("daemons=5", 5, null)]
    [InlineData("daemons=' +12x'", 12, null)]
    [InlineData("daemons=-1", 4, "rc:1: daemons: must be a number of workers from 1 to 1024, not '-1', using 4")]
    [InlineData("daemons=99999999999", 4, "rc:1: daemons: must be a number of workers from 1 to 1024, not '99999999999', using 4")]
    public void Daemons(string content, int daemons, string? error)
    {
        DaemonSettings settings = Read(content, previousDaemons: 4);

        Assert.Equal(daemons, settings.Daemons);
        Assert.Equal(error is null ? [] : [error], settings.Errors);
    }

    [Fact]
    public void A_negative_number_at_the_first_start_means_one() => Assert.Equal(1, Read("daemons=-3").Daemons);

    [Theory]
    [InlineData("", 0)]
    [InlineData("DEBUG_LOGIN=2", 2)]
    [InlineData("DEBUG_LOGIN=yes", 0)]
    [InlineData("DEBUG_LOGIN=-1", -1)]
    public void DebugLogin(string content, int level) => Assert.Equal(level, Read(content).DebugLogin);

    [Fact]
    public void Module_names_are_split_at_any_white_space_and_cut_to_40_bytes()
    {
        string longName = new('m', 41);

        DaemonSettings settings = Read($"authmodulelist=' authpam\t\n\v\f\r{longName} '");

        Assert.Equal(["authpam", longName[..40]], settings.ModuleNames);
    }

    [Fact]
    public void No_module_list()
    {
        DaemonSettings settings = Read("daemons=2");

        Assert.Null(settings.ModuleList);
        Assert.Empty(settings.ModuleNames);
        Assert.Null(settings.StateDirectory);
    }

    [Fact]
    public void Default_options_that_no_reply_can_carry_are_an_error()
    {
        ConfigurationException error =
            Assert.Throws<ConfigurationException>(() => Read("DEFAULTOPTIONS='a=1\nUID=0'"));

        Assert.Equal("rc: DEFAULTOPTIONS holds a line end, which no reply can carry", error.Message);
    }

    private static DaemonSettings Read(string content, int previousDaemons = 1) =>
        DaemonSettings.From(
            Authdaemonrc.Parse("rc", Encoding.UTF8.GetBytes(content), static _ => null), previousDaemons);
}
