// [names], allow_nets, several passwords and the failure delay: userdb and PostgreSQL, over the daemon's socket, that of mail servers and
// that of Postfix's tables.
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Authd.Tests.Integration.Sasl;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class LoginRulesTests(LoginRulesTests.Database database) : IClassFixture<LoginRulesTests.Database>, IDisposable
{
    private const string Handshake = "VERSION\t1\t2\nCPID\t1\n";
    private const string Inside = "192.0.2.9";
    private const string Outside = "203.0.113.9";
    private const string NoAddress = "";
    private const string Cache = "[workers]\nlistening = 2\n[cache]\nsize = 1M\nttl = 3600\n";

    private static readonly PasswordHasher Hasher = new(new SystemCrypt());

    private readonly ScratchDirectory _scratch = new();

    private string Sasl => _scratch["sasl"];

    private string Maps => _scratch["maps"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task One_name_is_known_however_it_is_written_and_whoever_asks()
    {
        await database.SetAsync("pat@example.com", Hash("secret"), "");
        using CourierSite site = await SiteAsync(
            "[names]\ntrim = yes\nlower-case = yes\ntranslate = #@\ncharacters = a-z0-9.@_-\n",
            $"kim@example.com\tuid=11|gid=11|home=/home/kim|systempw={Hash("secret")}"
                + $"|hmac-md5pw={HmacKey.FromPassword(Authd.Core.Protocol.CramHash.Md5, "secret")}");
        await using OurDaemon daemon = await StartAsync(site);
        foreach ((string name, string uid) in new[] { ("Kim#Example.com ", "UID=11\n"), (" PAT@example.COM", "UID=12\n") })
        {
            Assert.StartsWith(uid, await AskAsync(daemon, Requests.Lookup(name)), StringComparison.Ordinal);
            Assert.StartsWith(uid, await AskAsync(daemon, Requests.Login(name, "secret")), StringComparison.Ordinal);
            Assert.Equal("OK\n", await AskAsync(daemon, Requests.ChangePassword(name, "secret", "SECRET")));
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login(name, "secret")));
            string known = name.Trim().ToLowerInvariant().Replace('#', '@');
            Assert.Equal($"OK\t1\tuser={known}", await SaslAsync(name, "SECRET", Inside));
            Assert.Equal($"FAIL\t1\tuser={known}", await SaslAsync(name, "secret", Inside));
            Assert.Contains("OK /home/", await MapAsync($"mailbox {name}"), StringComparison.Ordinal);
            Assert.Contains($"name: {known}, by [names]\n", await ExplainAsync(site, daemon, name), StringComparison.Ordinal);
        }

        Assert.StartsWith("UID=11\n", await AskAsync(daemon, Requests.Cram("cram-md5", "KIM#example.com", "SECRET", "<1@x>")), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Cram("cram-md5", "KIM#example.com", "secret", "<1@x>")));
        await daemon.LogHasAsync("LOGIN FAILED, user=kim@example.com, ip=[192.0.2.9], service=smtp, module=authuserdb, reason=wrong password");

        const string never = "kim'@example.com";
        foreach (string request in new[]
        {
            Requests.Lookup(never), Requests.Login(never, "SECRET"), Requests.ChangePassword(never, "SECRET", "x"),
            Requests.Cram("cram-md5", never, "SECRET", "<1@x>"), Requests.Login(" ", "SECRET"),
        })
        {
            Assert.Equal("FAIL\n", await AskAsync(daemon, request));
        }

        Assert.Equal($"FAIL\t1\tuser={never}", await SaslAsync(never, "SECRET", Inside));
        Assert.Equal("9:NOTFOUND ,", await MapAsync($"mailbox {never}"));
        Assert.EndsWith("verdict: rejected, no module is asked\n", await ExplainAsync(site, daemon, never), StringComparison.Ordinal);
        await daemon.LogHasAsync($"LOGIN FAILED, user={never}, ip=[192.0.2.9], service=smtp, module=none, reason=name with a character that is not allowed");
    }

    [Fact]
    public async Task Ways_to_write_a_name_are_one_name_to_penalties_and_cache()
    {
        await database.SetAsync("ann@example.com", Hash("secret"), "");
        using CourierSite site = await SiteAsync($"{Cache}[names]\ntrim = yes\ntranslate = #@\n[penalty]\ndelays = 0 20\n");
        await using OurDaemon daemon = await StartAsync(site);
        Assert.StartsWith("UID=12\n", await AskAsync(daemon, Requests.Login(" ann#example.com", "secret")), StringComparison.Ordinal);
        await database.SetAsync("ann@example.com", Hash("other"), "");
        Assert.StartsWith("UID=12\n", await AskAsync(daemon, Requests.Login("ann@example.com ", "secret")), StringComparison.Ordinal);

        Assert.Equal("FAIL\n", await AskAsync(daemon, From(Inside, Requests.Login("ann@example.com", "wrong"))));
        using OpenClient held = await OpenClient.ConnectAsync(daemon.SocketPath, From(Outside, Requests.Login(" ann#example.com", "wronger")));
        await Eventually.IsTrueAsync(() => Failures(daemon) == 2, "the second failure");
        await Task.Delay(TimeSpan.FromMilliseconds(200)); // The line is written a moment before a reply that does not wait would be.
        Assert.True(held.IsWaiting);
    }

    [Theory]
    [InlineData("kim", false)]
    [InlineData("pat", false)]
    [InlineData("pat", true)]
    public async Task Logins_count_from_where_allow_nets_says(string user, bool cached)
    {
        const string options = "disableimap=0,allow_nets=192.0.2.0/24 2001:db8::/32;198.51.100.1,sharedgroup=a";
        await database.SetAsync("pat", Hash("secret"), options);
        using CourierSite site = await SiteAsync(
            cached ? Cache : "", $"kim\tuid=11|gid=11|home=/home/kim|options={options}|systempw={Hash("secret")}\n"
                + $"local\tuid=11|gid=11|home=/home/kim|options=allow_nets=local|systempw={Hash("secret")}");
        await using OurDaemon daemon = await StartAsync(site);
        for (int i = 0; i < 2; i++)
        {
            foreach (string address in new[] { Inside, "::ffff:192.0.2.9", "2001:db8::7", "198.51.100.1" })
            {
                string reply = await AskAsync(daemon, From(address, Requests.Login(user, "secret")));
                Assert.Contains($"OPTIONS={options}\n", reply, StringComparison.Ordinal);
                Assert.Equal($"OK\t1\tuser={user}", await SaslAsync(user, "secret", address));
            }

            foreach (string address in new[] { Outside, "2001:db9::7", "unknown", NoAddress })
            {
                Assert.Equal("FAIL\n", await AskAsync(daemon, From(address, Requests.Login(user, "secret"))));
                Assert.Equal("FAIL\n", await AskAsync(daemon, From(address, Requests.Login(user, "wrong"))));
                Assert.Equal($"FAIL\t1\tuser={user}", await SaslAsync(user, "secret", address));
            }
        }

        Assert.StartsWith("UID=", await AskAsync(daemon, From(Outside, Requests.Lookup(user))), StringComparison.Ordinal);
        Assert.StartsWith("UID=", await AskAsync(daemon, Requests.Login("local", "secret")), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await AskAsync(daemon, From(Inside, Requests.Login("local", "secret"))));
        Assert.Contains($"a login counts only from 192.0.2.0/24 2001:db8::/32;198.51.100.1 (allow_nets)", await ExplainAsync(site, daemon, user), StringComparison.Ordinal);
        string module = user == "kim" ? "authuserdb" : "authpgsql";
        Assert.Equal(
            [
                $"INFO: LOGIN FAILED, user={user}, ip=[203.0.113.9], service=imap, module={module}, reason=address not in allow_nets",
                $"INFO: LOGIN FAILED, user={user}, ip=[203.0.113.9], service=imap, module={module}, reason=wrong password",
                $"INFO: LOGIN FAILED, user={user}, ip=[203.0.113.9], service=smtp, module={module}, reason=address not in allow_nets",
            ],
            daemon.LogLines.Where(static line => line.Contains(Outside, StringComparison.Ordinal)).Distinct().Order());
    }

    [Fact]
    public async Task An_allow_nets_that_cannot_be_read_lets_nobody_in_and_DEFAULTOPTIONS_are_for_those_without()
    {
        await database.SetAsync("pat", Hash("secret"), "allow_nets=192.0.2.0/24 10/8");
        await database.SetAsync("own", Hash("secret"), "allow_nets=203.0.113.0/24");
        await database.SetAsync("none", Hash("secret"), "disableimap=0");
        using CourierSite site = await SiteAsync("");
        site.WriteAuthdaemonrc("authuserdb authpgsql", 2, "DEFAULTOPTIONS=\"allow_nets=192.0.2.0/24\"");
        await using OurDaemon daemon = await StartAsync(site);
        Assert.Equal("FAIL\n", await AskAsync(daemon, From(Inside, Requests.Login("pat", "secret"))));
        await daemon.LogHasAsync("WARN: 'pat' cannot log in: '10/8' in its option allow_nets=192.0.2.0/24 10/8 is neither a network nor an address");
        await daemon.LogHasAsync("LOGIN FAILED, user=pat, ip=[192.0.2.9], service=imap, module=authpgsql, reason=allow_nets cannot be read");
        foreach ((string user, string inside) in new[] { ("own", Outside), ("none", Inside) })
        {
            Assert.StartsWith("UID=12\n", await AskAsync(daemon, From(inside, Requests.Login(user, "secret"))), StringComparison.Ordinal);
            Assert.Equal("FAIL\n", await AskAsync(daemon, From(inside == Inside ? Outside : Inside, Requests.Login(user, "secret"))));
        }
    }

    [Theory]
    [InlineData("kim", false)]
    [InlineData("pat", false)]
    [InlineData("pat", true)]
    public async Task Each_of_several_passwords_logs_in_and_is_changed_alone(string user, bool cached)
    {
        string stored = $"{Hash("main", "$5$")} {Hash("phone")} {Hash("tablet", "$5$")}";
        await database.SetAsync("pat", stored, "");
        using CourierSite site = await SiteAsync(
            (cached ? Cache : "") + "[passwords]\nhashes = 3\n", $"kim\tuid=11|gid=11|home=/home/kim|systempw={stored}");
        await using OurDaemon daemon = await StartAsync(site);
        for (int i = 0; i < 2; i++)
        {
            foreach (string password in new[] { "main", "phone", "tablet" })
            {
                Assert.Contains($"PASSWD2={password}\n", await AskAsync(daemon, Requests.Login(user, password)), StringComparison.Ordinal);
                Assert.Equal($"OK\t1\tuser={user}", await SaslAsync(user, password, Inside));
            }

            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login(user, "wrong")));
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login(user, stored)));
        }

        Assert.Equal("OK\n", await AskAsync(daemon, Requests.ChangePassword(user, "phone", "telephone")));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.ChangePassword(user, "phone", "x")));
        foreach ((string password, bool right) in new[] { ("main", true), ("phone", false), ("telephone", true), ("tablet", true) })
        {
            Assert.Equal(right, await AskAsync(daemon, Requests.Login(user, password)) != "FAIL\n");
        }

        string[] before = stored.Split(' ');
        string[] after = (await StoredAsync(site, user)).Split(' ');
        Assert.Equal((3, before[0], before[2]), (after.Length, after[0], after[2]));
        Assert.StartsWith("{SSHA}", after[1], StringComparison.Ordinal);
        Assert.Contains("stored password: SHA256-crypt; {SSHA}; SHA256-crypt", await ExplainAsync(site, daemon, user), StringComparison.Ordinal);
    }

    /// <summary>docs/PASSWORDS.md's example: the application's passwords in a table of their own.</summary>
    [Fact]
    public async Task Passwords_of_a_table_of_their_own_are_revoked_by_deleting_their_row()
    {
        await database.SetAsync("app", Hash("main"), "");
        await database.Server.PsqlAsync($"""
            CREATE TABLE app_passwords (id text, device text, hash text);
            INSERT INTO app_passwords VALUES ('app', 'phone', '{Hash("phone")}'), ('app', 'tablet', '{Hash("tablet")}');
            """);
        using CourierSite site = await SiteAsync("[passwords]\nhashes = 8\n");
        site.WriteAuthpgsqlrc(
            database.Server.Conninfo,
            "PGSQL_SELECT_CLAUSE SELECT id, concat_ws(' ', crypt, (SELECT string_agg(hash, ' ') FROM app_passwords p WHERE p.id = a.id)), '', "
                + "uid, gid, home, '', '', '', options FROM accounts a WHERE id = '$(local_part)'",
            "PGSQL_ENUMERATE_CLAUSE SELECT id, uid, gid, home, '', '' FROM accounts",
            "PGSQL_CHPASS_CLAUSE UPDATE accounts SET crypt = split_part('$(newpass_crypt)', ' ', 1) WHERE id = '$(local_part)'");
        await using OurDaemon daemon = await StartAsync(site);
        Assert.True(await LogsInAsync("main") && await LogsInAsync("phone") && await LogsInAsync("tablet"));
        Assert.Equal("OK\n", await AskAsync(daemon, Requests.ChangePassword("app", "main", "fresh")));
        Assert.True(await LogsInAsync("fresh") && await LogsInAsync("phone") && !await LogsInAsync("main"));
        await database.Server.PsqlAsync("DELETE FROM app_passwords WHERE device = 'phone'");
        Assert.True(await LogsInAsync("fresh") && await LogsInAsync("tablet") && !await LogsInAsync("phone"));

        // The clause writes nothing but the first one: a change that would not work is refused.
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.ChangePassword("app", "tablet", "x")));
        Assert.True(await LogsInAsync("fresh") && await LogsInAsync("tablet") && !await LogsInAsync("x"));

        async Task<bool> LogsInAsync(string password) => await AskAsync(daemon, Requests.Login("app", password)) != "FAIL\n";
    }

    [Fact]
    public async Task Without_the_settings_nothing_of_it_happens()
    {
        await database.SetAsync("pat", $"{Hash("main")} {Hash("phone")}", "");
        using CourierSite site = await SiteAsync("", $"kim\tuid=11|gid=11|home=/home/kim|systempw={Hash("main")} {Hash("phone")}");
        await using OurDaemon daemon = await StartAsync(site);
        foreach (string user in new[] { "kim", "pat" })
        {
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login(user, "main")));
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login(user, "phone")));
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup(user.ToUpperInvariant())));
            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup(user + " ")));
        }
    }

    [Fact]
    public async Task The_failure_delay_holds_replies_to_failures_and_nothing_else()
    {
        using CourierSite site = await SiteAsync(
            "[limits]\nconnections = 3\n[penalty]\ndelays = 0\nfailure-delay = 20\n",
            $"kim\tuid=11|gid=11|home=/home/kim|systempw={Hash("secret")}");
        site.WriteAuthdaemonrc("authuserdb", 1);
        await using OurDaemon daemon = await StartAsync(site);
        List<OpenClient> held = [];
        for (int i = 0; i < 8; i++)
        {
            held.Add(await OpenClient.ConnectAsync(daemon.SocketPath, From(Inside, i % 2 == 0
                ? Requests.Login("kim", "wrong") : Requests.ChangePassword("nobody", "wrong", "x"))));
            await Eventually.IsTrueAsync(() => Failures(daemon) == i + 1, "a failed login");
            Assert.StartsWith("UID=11\n", await AskAsync(daemon, From(Inside, Requests.Login("kim", "secret"))), StringComparison.Ordinal);
            Assert.StartsWith("UID=11\n", await AskAsync(daemon, Requests.Lookup("kim")), StringComparison.Ordinal);
        }

        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup("nobody")));
        Assert.Equal("FAIL\n", await AskAsync(daemon, From("127.0.0.1", Requests.Login("kim", "wrong"))));
        Assert.Equal("OK\t2\tuser=kim", (await SaslLinesAsync(Plain(1, "kim", "wrong", Inside) + Plain(2, "kim", "secret", Inside)))[0]);
        Assert.All(held, static client => Assert.True(client.IsWaiting));
        held.ForEach(static client => client.Dispose());
    }

    private static string Hash(string password, string like = "{SSHA}") => Hasher.Hash(like, password)!;

    private static string From(string address, string request) => address.Length == 0 ? request : $"TCPREMOTEIP={address}\n{request}";

    private static int Failures(OurDaemon daemon) =>
        daemon.LogLines.Count(static line => line.Contains("LOGIN FAILED, ", StringComparison.Ordinal));

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    private static Task<string> ExplainAsync(CourierSite site, OurDaemon daemon, string user) =>
        InspectTests.RunAsync(site, daemon, "authtest", "--explain", user);

    private static string Plain(int id, string user, string password, string address) =>
        $"AUTH\t{id}\tPLAIN\tservice=smtp\t{(address.Length == 0 ? "" : $"rip={address}\t")}resp={Requests.Base64($"\0{user}\0{password}")}\n";

    private async Task<string[]> SaslLinesAsync(string lines)
    {
        string text = (await RawClient.AskAsync(Sasl, new RawRequest(Handshake + lines, HalfClose: true))).Text;
        return text[(text.IndexOf("DONE\n", StringComparison.Ordinal) + 5)..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<string> SaslAsync(string user, string password, string address) =>
        Assert.Single(await SaslLinesAsync(Plain(1, user, password, address)));

    private async Task<string> MapAsync(string request) =>
        (await RawClient.AskAsync(Maps, new RawRequest($"{request.Length}:{request},", HalfClose: true))).Text;

    private async Task<string> StoredAsync(CourierSite site, string user) => user == "pat"
        ? (await database.Server.PsqlAsync("SELECT crypt FROM accounts WHERE id = 'pat'")).Trim()
        : (await File.ReadAllTextAsync(Path.Combine(site.Config, "userdb"))).Split("systempw=")[1].Trim();

    private async Task<CourierSite> SiteAsync(string ini, string userdb = "nobody-else\tuid=11|gid=11|home=/home/x")
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb authpgsql");
        site.Write("authdaemond.ini", $"{ini}\n[sasl]\nlisten = {Sasl}\nowner = root\n[maps]\nlisten = {Maps}\nowner = root\n");
        site.WriteAuthpgsqlrc(
            database.Server.Conninfo, "PGSQL_USER_TABLE accounts", "PGSQL_CRYPT_PWFIELD crypt", "PGSQL_UID_FIELD uid", "PGSQL_GID_FIELD gid",
            "PGSQL_LOGIN_FIELD id", "PGSQL_HOME_FIELD home", "PGSQL_AUXOPTIONS_FIELD options");
        await site.WriteUserdbAsync(userdb + "\n");
        return site;
    }

    private Task<OurDaemon> StartAsync(CourierSite site) => SaslSite.StartAsync(site, Sasl, Maps);

    public sealed class Database : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await PostgresServer.StartNewAsync();
            await Server.PsqlAsync("CREATE TABLE accounts (id text PRIMARY KEY, crypt text, options text, uid int, gid int, home text)");
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();

        /// <summary>Makes an account, or makes it anew.</summary>
        public Task SetAsync(string id, string crypt, string options) => Server.PsqlAsync(
            $"DELETE FROM accounts WHERE id = '{id}'; INSERT INTO accounts VALUES ('{id}', '{crypt}', '{options}', 12, 12, '/home/{id}')");
    }
}
