// [passwords] of authdaemond.ini and libargon2 in the running daemon.
using Authd.Tests.Integration.Pgsql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Passwords;

[Collection(PgsqlFixture.Name)]
public class PolicyTests(PgsqlFixture postgres)
{
    private const string User = "john@example.com";
    private const string Argon2 = "{ARGON2ID}$argon2id$v=19$m=1024,t=2,p=4$c29tZXNhbHQ$MfdjzcytEeXZM5ijm4z8Gut8QmpjPY4o";

    private static readonly string[] HideArgon2 = MissingLibraries.Under("libargon2.so");

    [Theory]
    [InlineData("", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{SSHA}")]
    [InlineData("minimum = sha512crypt", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{CRYPT}$6$")]
    [InlineData("minimum = sha512crypt\nscheme = yescrypt", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$y$")]
    public async Task A_change_keeps_what_is_strong_enough(string ini, string stored, string expected)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql", 1);
        site.Write("authdaemond.ini", $"[passwords]\n{ini}\n");
        site.WriteAuthpgsqlrc(
            postgres.Server.Conninfo, "PGSQL_USER_TABLE policy", "PGSQL_CRYPT_PWFIELD crypt", "PGSQL_UID_FIELD 1",
            "PGSQL_GID_FIELD 1", "PGSQL_HOME_FIELD '/h'");
        await postgres.Server.PsqlAsync(
            $"DROP TABLE IF EXISTS policy; CREATE TABLE policy (id text, crypt text); INSERT INTO policy VALUES ('{User}', '{stored}')");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Assert.Equal("OK\n", await Ask(daemon, Requests.ChangePassword(User, "password", "new secret")));

        string hash = await postgres.Server.PsqlAsync("SELECT crypt FROM policy");
        Assert.StartsWith(expected, hash, StringComparison.Ordinal);
        Assert.StartsWith("UID=1\n", await Ask(daemon, Requests.Login(User, "new secret")), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login(User, "password")));
    }

    [Fact]
    public async Task A_bad_scheme_is_found_at_the_start()
    {
        using CourierSite site = await Argon2SiteAsync();
        site.Write("authdaemond.ini", "[passwords]\nscheme = md5\n");

        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(() => OurDaemon.StartAsync(site));

        Assert.Contains("/authdaemond.ini:2: [passwords] scheme must be one of ", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_libargon2_its_hashes_are_a_temporary_failure_and_the_log_says_so_once()
    {
        using CourierSite site = await Argon2SiteAsync();
        await using OurDaemon with = await OurDaemon.StartAsync(site);
        await using OurDaemon without = await OurDaemon.StartAsync(site, null, HideArgon2);

        Assert.StartsWith("UID=1000\n", await Ask(with, Requests.Login(User, "password")), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await Ask(with, Requests.Login(User, "passwore")));
        Assert.Equal("", await Ask(without, Requests.Login(User, "password")));
        Assert.Equal("", await Ask(without, Requests.Login(User, "passwore")));
        Assert.Equal("FAIL\n", await Ask(without, Requests.ChangePassword(User, "password", "new secret")));
        Assert.StartsWith("UID=1000\n", await Ask(without, Requests.Lookup(User)), StringComparison.Ordinal);

        await without.LogHasAsync("service=imap, module=authuserdb, reason=configuration");
        string line = Assert.Single(without.LogLines, line => line.StartsWith("ERR: ", StringComparison.Ordinal));
        Assert.Equal("ERR: a password cannot be checked, nor any other of its scheme: libargon2.so.1 is not installed", line);
    }

    [Fact]
    public async Task A_scheme_whose_library_is_missing_is_found_at_the_start()
    {
        using CourierSite site = await Argon2SiteAsync();
        site.Write("authdaemond.ini", "[passwords]\nminimum = argon2id\n");

        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(
            () => OurDaemon.StartAsync(site, null, HideArgon2));

        Assert.Contains("[passwords] minimum must be known to this system", ended.Message, StringComparison.Ordinal);
    }

    private static async Task<CourierSite> Argon2SiteAsync()
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb", 1);
        await site.WriteUserdbAsync($"{User}\tuid=1000|gid=1000|home=/h|systempw={Argon2}\n");
        return site;
    }

    private static async Task<string> Ask(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;
}
