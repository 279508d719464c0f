// authdaemond check --connect against slapd.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Ldap;

[Collection(LdapFixture.Name)]
public sealed class LdapTrialTests(LdapFixture fixture) : IAsyncLifetime
{
    private static readonly string Rc = $"{CourierSite.ConfigPath}/authldaprc";
    private readonly CourierSite _site = new();
    private string _state = "";

    public async Task InitializeAsync()
    {
        _state = await _site.NewStateAsync();
        _site.WriteAuthdaemonrc("authldap", 1);
    }

    public Task DisposeAsync()
    {
        _site.Dispose();
        return Task.CompletedTask;
    }

    private async Task<ProgramResult> CheckAsync(string settings)
    {
        _site.Write("authldaprc", $"##NAME: MARKER:0\n{settings}\n");
        File.SetUnixFileMode(Path.Combine(_site.Config, "authldaprc"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return await OurDaemon.RunAsync(_site, _state, "check", "--connect");
    }

    [Fact]
    public async Task A_file_that_is_right_is_ok()
    {
        ProgramResult result = await CheckAsync(fixture.Settings);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches($"^ok authldap {SlapdServer.Courier}@{fixture.Server.Uri} [0-9]+ ms, {SlapdAccounts.People} is there\n$", result.Output);
    }

    [Theory]
    [InlineData("LDAP_BINDPW s3cret words", "LDAP_BINDPW quiet-zebra", "LDAP_BINDDN: ldap_sasl_bind_s failed: Invalid credentials [", "correct LDAP_BINDDN or LDAP_BINDPW")]
    [InlineData("LDAP_BASEDN ou=people,dc=test", "LDAP_BASEDN ou=poeple,dc=test", "LDAP_BASEDN: ", "'ou=poeple,dc=test' is not there, or may not be seen: No such object")]
    [InlineData("LDAP_URI ldap://127.0.0.1:", "LDAP_URI ldap://127.0.0.1:1 #", "LDAP_URI: ", "")]
    public async Task A_directory_that_cannot_be_used_is_named_with_key_and_cure(string right, string wrong, string key, string words)
    {
        string settings = wrong.EndsWith('#') ? SlapdAccounts.Usual("ldap://127.0.0.1:1") : fixture.Settings.Replace(right, wrong, StringComparison.Ordinal);
        ProgramResult result = await CheckAsync(settings);
        Assert.Equal(1, result.ExitCode);
        string line = Assert.Single(result.Output.TrimEnd().Split('\n'));
        Assert.Matches($"^ERROR {Rc}:[0-9]+: ", line);
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_that_nobody_fits_and_an_attribute_that_nobody_has_are_warnings()
    {
        ProgramResult nobody = await CheckAsync(fixture.Settings + "\nLDAP_FILTER (uid=no-such-person)");
        Assert.Equal(0, nobody.ExitCode);
        Assert.Matches($"WARN {Rc}:[0-9]+: LDAP_FILTER: {fixture.Server.Uri}: no entry below {SlapdAccounts.People} matches ", nobody.Output);

        ProgramResult homeless = await CheckAsync(fixture.Settings.Replace("LDAP_HOMEDIR homeDirectory", "LDAP_HOMEDIR homeDirektory", StringComparison.Ordinal));
        Assert.Equal(0, homeless.ExitCode);
        Assert.Matches($"WARN {Rc}:[0-9]+: LDAP_HOMEDIR: {fixture.Server.Uri}: 'uid=.*', the first account found, has no homeDirektory", homeless.Output);
    }
}
