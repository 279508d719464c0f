// Sections [pipe] and [vchkpw]: impossible values are found when the file is read.
using Authd.Core.Configuration;
using Authd.Modules.Pipe;
using Authd.Modules.Vchkpw;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pipe;

public class PipeSettingsTests
{
    [Theory]
    [InlineData("[pipe]\nprogram = authProg\n", "x.ini:2: [pipe] program must be an absolute path, not 'authProg'")]
    [InlineData("[pipe]\nprograms = 0\n", "x.ini:2: [pipe] programs must be a number from 1 to 100, not '0'")]
    [InlineData("[pipe]\ntimeout = soon\n", "x.ini:2: [pipe] timeout must be a number from 1 to 3600, not 'soon'")]
    [InlineData("[vchkpw]\nhome = vpopmail\n", "x.ini:2: [vchkpw] home must be an absolute path, not 'vpopmail'")]
    public void A_wrong_value_is_named(string text, string message)
    {
        DaemonIni ini = DaemonIni.Parse("x.ini", text);
        Assert.Equal(message, Assert.Throws<ConfigurationException>(
            () => ini.Check([PipeModule.Descriptor.ReadSettings, VchkpwModule.Descriptor.ReadSettings])).Message);
    }

    [Fact]
    public void The_defaults_suit_an_unchanged_installation()
    {
        DaemonIni ini = DaemonIni.Parse("x.ini", "");
        Assert.Equal(new PipeSettings(null, 4, TimeSpan.FromSeconds(20)), PipeSettings.Read(ini));
        Assert.Equal(new VchkpwSettings(null, "/var/qmail/users"), VchkpwSettings.Read(ini));
    }
}
