// authpipe in the running daemon: programs in three languages, and their end.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pipe;

public class PipeDaemonTests
{
    private const string John =
        "UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john@example.com\nNAME=John Q\nMAILDIR=Maildir\nQUOTA=100S\n";

    public static TheoryData<string> Programs => [.. AuthPrograms.WellBehaved];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_program_in_any_language_serves_all_requests(string program)
    {
        // One program in one worker, because it keeps a changed password in its memory.
        using CourierSite site = Site(program, "[pipe]\nprograms = 1\n", daemons: 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Assert.Equal(John + "PASSWD2=secret\nOPTIONS=disableimap=1\n.\n", await AskAsync(daemon, Requests.Lookup("john")));
        Assert.Equal(
            "USERNAME=mary\nGID=0\nHOME=/home/mary\nADDRESS=mary\n.\n", await AskAsync(daemon, Requests.Lookup("mary")));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup("nosuch")));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login("john", "wrong")));
        Assert.Equal("OK\n", await AskAsync(daemon, Requests.ChangePassword("john", "secret", "new word")));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login("john", "secret")));
        Assert.Equal(John + "PASSWD2=new word\nOPTIONS=disableimap=1\n.\n",
            await AskAsync(daemon, Requests.Login("john", "new word")));
        Assert.Equal(
            "# authpipe\n\njohn@example.com\t1000\t1001\t/home/john\tMaildir\tdisableimap=1\nmary\t1002\t1002\t/home/mary\t\t\n.\n",
            await AskAsync(daemon, Requests.Enumerate));
        await daemon.LogHasAsync("authprog started");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Many_clients_at_once_get_their_own_answers(string program)
    {
        using CourierSite site = Site(program);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        string[] answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => AskAsync(daemon, Requests.Lookup($"u{i}"))));

        Assert.Equal(
            Enumerable.Range(0, 200).Select(i => $"UID=2000\nGID=2000\nHOME=/home/u{i}\nADDRESS=u{i}\n.\n"), answers);
    }

    [Fact]
    public async Task Programs_go_with_the_daemon_even_those_that_will_not()
    {
        using CourierSite site = Site(AuthPrograms.Misbehaving);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await AskAsync(daemon, Requests.Lookup("ok"));
        await AskAsync(daemon, Requests.Lookup("stubborn"));
        IReadOnlyList<int> programs = RunningPrograms(daemon);
        Assert.NotEmpty(programs);

        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");

        Assert.Equal(0, await daemon.WaitForExitAsync());
        Assert.DoesNotContain(programs, ProcessTree.IsAlive);
    }

    [Fact]
    public async Task A_reload_ends_the_old_programs_and_takes_the_new_one()
    {
        using CourierSite site = Site(AuthPrograms.Misbehaving);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await AskAsync(daemon, Requests.Lookup("ok"));
        IReadOnlyList<int> programs = RunningPrograms(daemon);
        AuthPrograms.Install("authprog.sh", Path.Combine(site.Config, "authProg"));

        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");

        await Eventually.IsTrueAsync(() => !programs.Any(ProcessTree.IsAlive), "the end of the old programs");
        Assert.StartsWith("UID=2000\n", await AskAsync(daemon, Requests.Lookup("u1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_hangs_harms_no_other_module()
    {
        using CourierSite site = Site(
            AuthPrograms.Misbehaving, "[pipe]\nprograms = 1\ntimeout = 1\n", "authuserdb authpipe");
        await site.WriteUserdbAsync("plain\tuid=1|gid=1|home=/h\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Task<string>[] hanging = [.. Enumerable.Range(0, 4).Select(_ => AskAsync(daemon, Requests.Lookup("silent")))];
        Assert.Equal("UID=1\nGID=1\nHOME=/h\nADDRESS=plain\n.\n", await AskAsync(daemon, Requests.Lookup("plain")));
        Assert.All(await Task.WhenAll(hanging), Assert.Empty);
        await daemon.LogHasAsync("ERR: authpipe: /etc/courier/authProg: no answer in time");
    }

    private static CourierSite Site(string program, string ini = "", string modules = "authpipe", int daemons = 2)
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc(modules, daemons);
        site.Write("authdaemond.ini", ini);
        AuthPrograms.Install(program, Path.Combine(site.Config, "authProg"));
        return site;
    }

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    private static IReadOnlyList<int> RunningPrograms(OurDaemon daemon) =>
        [.. daemon.Workers.SelectMany(ProcessTree.Children)];
}
