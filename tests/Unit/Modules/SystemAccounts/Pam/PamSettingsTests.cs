// Sections [pam] and [passwords] of authdaemond.ini.
using Authd.Core.Configuration;
using Authd.Modules.SystemAccounts;
using Authd.Modules.SystemAccounts.Pam;
using Xunit;

namespace Authd.Tests.Unit.Modules.SystemAccounts.Pam;

public class PamSettingsTests
{
    [Fact]
    public void The_usual_waits_add_up_to_less_than_a_request_may_take()
    {
        DaemonIni ini = DaemonIni.Parse("authdaemond.ini", "");
        PamSettings usual = PamSettings.Read(ini);
        Assert.True((usual.Wait + usual.Conversation + usual.LongestDelay).TotalSeconds < Limits.From(ini).RequestSeconds);
    }

    [Fact]
    public void All_keys_are_read_and_known()
    {
        DaemonIni ini = DaemonIni.Parse("authdaemond.ini", """
            [pam]
            processes = 2
            conversations = 3
            wait-timeout = 4
            conversation-timeout = 5
            idle-timeout = 6
            longest-delay = 0
            [passwords]
            system-helper = /usr/local/sbin/change
            """);
        Assert.Empty(ini.Check([PamModule.Descriptor.ReadSettings]));
        Assert.Equal(
            new PamSettings(
                2, 3, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6), TimeSpan.Zero),
            PamSettings.Read(ini));
    }

    [Fact]
    public void A_helper_without_its_directory_is_refused()
    {
        DaemonIni ini = DaemonIni.Parse("authdaemond.ini", "[passwords]\nsystem-helper = change\n");
        ConfigurationException wrong = Assert.Throws<ConfigurationException>(() => PamModule.Descriptor.ReadSettings(ini));
        Assert.Contains("[passwords] system-helper must be an absolute path, not 'change'", wrong.Message, StringComparison.Ordinal);
    }
}
