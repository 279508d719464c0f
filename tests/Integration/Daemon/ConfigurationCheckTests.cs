// authdaemond check, and reloads: the modules' files are read before the first request.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class ConfigurationCheckTests : IAsyncLifetime
{
    private const string Good = """
        PGSQL_CONNECTION host=/nonexistent dbname=mail user=mail password=secret
        PGSQL_USER_TABLE passwd
        PGSQL_CRYPT_PWFIELD crypt
        PGSQL_UID_FIELD uid
        PGSQL_GID_FIELD gid
        PGSQL_LOGIN_FIELD id
        PGSQL_HOME_FIELD home

        """;

    private readonly CourierSite _site = new();
    private string _state = "";

    public async Task InitializeAsync()
    {
        _state = await _site.NewStateAsync();
        _site.WriteAuthdaemonrc("authpgsql", 1);
    }

    public Task DisposeAsync()
    {
        _site.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Nothing_is_said_about_files_that_are_in_order()
    {
        WriteRc(Good);
        Assert.Equal(new ProgramResult(0, "", ""), await CheckAsync());
    }

    [Fact]
    public async Task Errors_come_with_file_line_and_key_and_exit_status_1()
    {
        WriteRc(Good + "PGSQL_WHERE_CLAUSE name = 'x\n");
        ProgramResult result = await CheckAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"ERROR {CourierSite.ConfigPath}/authpgsqlrc:9: PGSQL_WHERE_CLAUSE", result.Output, StringComparison.Ordinal);
        Assert.Single(result.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_file_that_is_missing_or_open_to_all_is_a_warning()
    {
        ProgramResult missing = await CheckAsync();
        Assert.Equal(0, missing.ExitCode);
        Assert.StartsWith($"WARN {CourierSite.ConfigPath}/authpgsqlrc: not there, so that authpgsql is passed over", missing.Output, StringComparison.Ordinal);

        WriteRc(Good);
        File.SetUnixFileMode(Path.Combine(_site.Config, "authpgsqlrc"), (UnixFileMode)0x1A4); // 0644
        ProgramResult open = await CheckAsync();
        Assert.Equal(0, open.ExitCode);
        Assert.StartsWith($"WARN {CourierSite.ConfigPath}/authpgsqlrc: everybody can read the password", open.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_mistakes_are_found_in_one_go()
    {
        WriteRc(Good + "PGSQL_WHERE_CLAUS x\n");
        _site.Write("authdaemond.ini", "[limits]\nconections = 5\n");
        _site.WriteAuthdaemonrc("authpgsql authuserdb authnosuch", 1, "LOGGEROPTS=-facility=nosuch");
        string[] lines = (await CheckAsync()).Output.TrimEnd().Split('\n');
        Assert.All(lines, static line => Assert.StartsWith(
            line.Contains("authnosuch", StringComparison.Ordinal) ? "ERROR " : "WARN ", line, StringComparison.Ordinal));
        foreach (string part in new[] { "LOGGEROPTS", "'authnosuch'", "authdaemond.ini:2: [limits] conections", "PGSQL_WHERE_CLAUS", "userdb.dat: not there" })
        {
            Assert.Single(lines, line => line.Contains(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_text_newer_than_its_database_is_a_warning()
    {
        _site.WriteAuthdaemonrc("authuserdb", 1);
        await _site.WriteUserdbAsync("john\tuid=1|gid=1|home=/home/john\n");
        Assert.Equal("", (await CheckAsync()).Output);
        File.SetLastWriteTimeUtc(Path.Combine(_site.Config, "userdb"), DateTime.UtcNow.AddMinutes(1));
        Assert.Contains("userdb: newer than", (await CheckAsync()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_with_a_wrong_file_is_refused_as_a_whole()
    {
        _site.WriteAuthdaemonrc("authuserdb authpgsql", 1);
        await _site.WriteUserdbAsync("john\tuid=1|gid=1|home=/home/john\n");
        WriteRc(Good);
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site);
        WriteRc("PGSQL_CONNECTION host=/x\n");

        ProgramResult refused = await OurDaemon.RunAsync(_site, daemon.State, "restart");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("PGSQL_USER_TABLE", refused.Error, StringComparison.Ordinal);
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await daemon.LogHasAsync("not reloaded, the old configuration stays in use");
        RawReply reply = await RawClient.AskAsync(daemon.SocketPath, "PRE . imap john\n");
        Assert.StartsWith("UID=1\n", reply.Text, StringComparison.Ordinal);
    }

    private void WriteRc(string text)
    {
        string path = Path.Combine(_site.Config, "authpgsqlrc");
        _site.Write("authpgsqlrc", "##NAME: MARKER:0\n" + text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<ProgramResult> CheckAsync() => OurDaemon.RunAsync(_site, _state, "check");
}
