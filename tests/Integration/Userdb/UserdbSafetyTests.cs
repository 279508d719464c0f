// makeuserdb and PASSWD in difficult conditions: killed at any moment, several writers, a full disk, a read-only one.
using System.Diagnostics;
using Authd.Core;
using Authd.Modules.Userdb;
using Authd.Modules.Userdb.Gdbm;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Userdb;

public sealed class UserdbSafetyTests : IDisposable
{
    private const string Hash = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
    private const string Old = "password";
    private const string New = "another";

    /// <summary>Puts /etc/courier on a small file system of its own with 12 KiB free.</summary>
    private const string FullDisk =
        "mount -t tmpfs none /mnt && cp -a /etc/courier/. /mnt && mount -t tmpfs -o size=1m none /etc/courier"
        + " && cp -a /mnt/. /etc/courier && umount /mnt"
        + " && { dd if=/dev/zero of=/etc/courier/filler bs=4096 2>/dev/null; truncate -s -12288 /etc/courier/filler; }";

    private const string ReadOnlyDisk = "mount -o remount,bind,ro /etc/courier";

    private readonly CourierSite _site = new();

    private string Userdb => Path.Combine(_site.Config, "userdb");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Makeuserdb_killed_at_any_instant_leaves_whole_databases()
    {
        const int Accounts = 5000;
        Random random = new(3);
        WriteUserdb(Generation(0, Accounts));
        await MakeAsync();
        int killed = 0;
        for (int i = 1; i <= 40; i++)
        {
            WriteUserdb(Generation(i, Accounts));
            using Process process = Process.Start(OurDaemon.Binary, ["makeuserdb", "-f", Userdb]);
            await Task.Delay(random.Next(0, 60));
            process.Kill();
            await process.WaitForExitAsync();
            killed += process.ExitCode == 0 ? 0 : 1;

            AssertOneGeneration(Userdb + ".dat", Accounts, i);
            AssertOneGeneration(Userdb + "shadow.dat", Accounts, i);
        }

        Assert.True(killed > 0);
        WriteUserdb(Generation(99, Accounts));
        await MakeAsync();
        AssertOneGeneration(Userdb + ".dat", Accounts, 99, 99);
        Assert.Empty(Directory.GetFiles(_site.Config, "*.tmp"));
    }

    [Fact]
    public async Task Writers_of_both_kinds_take_turns()
    {
        WriteUserdb(Generation(0, 2000));
        string state = await _site.NewStateAsync();
        using CancellationTokenSource stop = new();
        string[][] commands =
        [
            ["/usr/sbin/makeuserdb"], [OurDaemon.Binary, "makeuserdb"],
            ["/usr/sbin/userdb", "user1", "set", "home=/C"], [OurDaemon.Binary, "userdb", "user2", "set", "home=/ours"],
        ];
        await MakeAsync();
        Task[] writers = [.. commands.Select(command => Task.Run(async () =>
        {
            for (int i = 0; i < 8; i++)
            {
                await ProcessRunner.RunOrThrowAsync(_site.Inside(state, command));
            }
        }))];
        Task all = Task.WhenAll(writers);
        int looks = 0;
        while (!all.IsCompleted)
        {
            Assert.Equal(2000, Records(Userdb + ".dat").Count);
            Assert.Equal(2000, Records(Userdb + "shadow.dat").Count);
            looks++;
        }

        await all;
        Assert.True(looks > 0);
        await MakeAsync();
        List<string> records = Records(Userdb + ".dat");
        Assert.Contains(records, record => record.Contains("home=/C", StringComparison.Ordinal));
        Assert.Contains(records, record => record.Contains("home=/ours", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FullDisk, "No space left on device")]
    [InlineData(ReadOnlyDisk, "Read-only file system")]
    public async Task Makeuserdb_that_cannot_write_says_so_and_changes_nothing(string disk, string reason)
    {
        WriteUserdb(Generation(1, 100));
        await MakeAsync();
        WriteUserdb(Generation(2, 100));

        ProgramResult result = await RunAsync(
            disk + " && { \"$1\" makeuserdb; echo $?; cd /etc/courier; ls -A; md5sum *.dat; }");

        Assert.Contains("makeuserdb: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        string[] lines = result.Output.Split('\n');
        Assert.NotEqual("0", lines[0]);
        Assert.DoesNotContain(lines, line => line.EndsWith(".tmp", StringComparison.Ordinal));
        string sums = await ProcessRunner.RunOrThrowAsync(["sh", "-c", $"cd '{_site.Config}' && md5sum *.dat"]);
        Assert.EndsWith(sums, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Userdb_that_cannot_write_says_so_and_changes_nothing()
    {
        WriteUserdb(Generation(1, 1000));

        ProgramResult result = await RunAsync(
            FullDisk + " && { \"$1\" userdb user1 set home=/x; echo $?; cd /etc/courier; ls -A; md5sum userdb; }");

        Assert.Contains("No space left on device", result.Error, StringComparison.Ordinal);
        string sum = await ProcessRunner.RunOrThrowAsync(["sh", "-c", $"cd '{_site.Config}' && md5sum userdb"]);
        Assert.Equal($"1\n.lock.userdb\nauthdaemond.ini\nfiller\nuserdb\n{sum}", result.Output);
    }

    [Theory]
    [InlineData(FullDisk, "No space left on device")]
    [InlineData(ReadOnlyDisk, "Read-only file system")]
    public async Task A_password_that_cannot_be_written_stays_as_it_is(string disk, string reason)
    {
        WriteUserdb(Generation(1, 100));
        await MakeAsync();
        _site.WriteAuthdaemonrc("authuserdb", daemons: 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site, null, "sh", "-c", disk + " && exec \"$@\"", "sh");
        string inside = $"/proc/{daemon.Pid}/root/etc/courier/";
        byte[] before = await File.ReadAllBytesAsync(inside + "userdb");

        RawReply reply = await RawClient.AskAsync(daemon.SocketPath, Requests.ChangePassword("user1", Old, New));

        Assert.Equal(new RawReply("FAIL\n", Ending.Closed), reply);
        await daemon.LogHasAsync("authuserdb: cannot change the password of user1: ");
        await daemon.LogHasAsync(reason);
        Assert.Equal(before, await File.ReadAllBytesAsync(inside + "userdb"));
        Assert.Empty(Directory.GetFiles(inside, "*tmp*"));
        Assert.NotEqual("FAIL\n", await AskAsync(daemon, Requests.Login("user1", Old)));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Login("user1", New)));
    }

    [Fact]
    public async Task All_workers_serve_a_new_password_at_the_next_request_and_changes_at_once_all_count()
    {
        const int Users = 12;
        WriteUserdb(Generation(1, 2000));
        await MakeAsync();
        _site.WriteAuthdaemonrc("authuserdb", daemons: 4);
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site);
        for (int round = 0; round < 3; round++)
        {
            string from = round == 0 ? Old : $"new{round - 1}";
            string[] replies = await Task.WhenAll(Enumerable.Range(0, Users).Select(
                i => AskAsync(daemon, Requests.ChangePassword($"user{i}", from, $"new{round}"))));
            Assert.All(replies, reply => Assert.Equal("OK\n", reply));

            // Any worker may answer.
            string[] logins = await Task.WhenAll(Enumerable.Range(0, 5 * Users).Select(
                i => AskAsync(daemon, Requests.Login($"user{i % Users}", $"new{round}"))));
            Assert.All(logins, reply => Assert.EndsWith(".\n", reply, StringComparison.Ordinal));
        }

        Assert.Equal(2000, Records(Userdb + ".dat").Count);
        Assert.DoesNotContain(daemon.LogLines, line => line.StartsWith("ERR", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workers_killed_in_password_changes_lose_nothing()
    {
        Random random = new(5);
        WriteUserdb(Generation(1, 2000));
        await MakeAsync();
        _site.WriteAuthdaemonrc("authuserdb", daemons: 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(_site);
        string password = Old;
        for (int i = 0; i < 12; i++)
        {
            string next = $"new{i}";
            string text = await File.ReadAllTextAsync(Userdb);
            Task<string> asked = AskAsync(daemon, Requests.ChangePassword("user7", password, next));
            await Task.Delay(random.Next(0, 40));
            IReadOnlyList<int> workers = daemon.Workers;
            await Task.WhenAll(workers.Select(pid => ProcessRunner.TrySignalAsync(pid, "KILL")));
            string reply = await asked;

            // The administrator's makeuserdb finds a whole text. One of the
            // two passwords works; if the change was confirmed, the new one.
            await MakeAsync();
            string line = Assert.Single(
                text.Split('\n').Except((await File.ReadAllTextAsync(Userdb)).Split('\n')).DefaultIfEmpty(""));
            Assert.True(line.Length == 0 || line.StartsWith("user7\t", StringComparison.Ordinal));
            await Eventually.IsTrueAsync(() => daemon.Workers.Any(pid => !workers.Contains(pid)), "a new worker");
            string withNew = await AnswerAsync(daemon, Requests.Login("user7", next));
            Assert.NotEqual(withNew == "FAIL\n", await AnswerAsync(daemon, Requests.Login("user7", password)) == "FAIL\n");
            Assert.True(reply != "OK\n" || withNew != "FAIL\n");
            password = withNew == "FAIL\n" ? password : next;
        }

        Assert.Equal(2000, Records(Userdb + ".dat").Count);
    }

    private static string Generation(int number, int accounts) => string.Concat(Enumerable.Range(0, accounts).Select(
        i => $"user{i}\tuid={number + 1}|gid=1|home=/home/{i}|systempw={Hash}|privatepw={number + 1}\n"));

    /// <summary>All records are of one generation, none newer than <paramref name="newest"/>.</summary>
    private static void AssertOneGeneration(string path, int accounts, int newest, int oldest = 0)
    {
        List<string> records = Records(path);
        Assert.Equal(accounts, records.Count);
        string field = path.EndsWith("shadow.dat", StringComparison.Ordinal) ? "privatepw=" : "uid=";
        int generation = int.Parse(
            Assert.Single(records.Select(record => new UserdbFields(record).Get(field[..^1])).Distinct())!);
        Assert.InRange(generation - 1, oldest, newest);
    }

    private static List<string> Records(string path)
    {
        using GdbmReader reader = Assert.IsType<GdbmReader>(GdbmReader.Open(path));
        return [.. reader.Buckets().SelectMany(bucket => bucket).Select(record => WireText.FromBytes(record.Value))];
    }

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    /// <summary>A reply; asks again when the worker of a connection was killed.</summary>
    private static async Task<string> AnswerAsync(OurDaemon daemon, string request)
    {
        string reply = "";
        await Eventually.IsTrueAsync(async () => (reply = await AskAsync(daemon, request)).Length > 0, "a reply");
        return reply;
    }

    private void WriteUserdb(string text)
    {
        _site.Write("userdb", text);
        File.SetUnixFileMode(Userdb, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task MakeAsync()
    {
        ProgramResult result = await OurDaemon.RunAsync(_site, await _site.NewStateAsync(), "makeuserdb");
        Assert.Equal(new ProgramResult(0, "", ""), result);
    }

    /// <summary>Runs a script in the site's namespace; <c>$1</c> is our binary.</summary>
    private async Task<ProgramResult> RunAsync(string script) => await ProcessRunner.RunAsync(
        _site.Inside(await _site.NewStateAsync(), ["sh", "-c", script, "sh", OurDaemon.Binary]));
}
