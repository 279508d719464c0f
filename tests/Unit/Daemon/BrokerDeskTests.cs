// The broker's answers to proper workers, and to one under an attacker's control.
using Authd.Daemon.Broker;
using Authd.Linux.Broker;
using Authd.Linux.Files;
using Authd.Linux.Sockets;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Authd.Tests.Unit.Daemon;

public sealed class BrokerDeskTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly LogLines _log = new(0);
    private readonly BrokerDesk _desk;
    private readonly BrokerPeer _peer;
    private readonly MessageSocket _worker;

    public BrokerDeskTests()
    {
        File.WriteAllText(Allowed, "secret");
        File.WriteAllText(Userdb, "john\tuid=1|gid=1|home=/h|systempw=old\n");
        File.SetUnixFileMode(Userdb, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _desk = new BrokerDesk(
            new BrokerSettings
            {
                DebugLogin = 0,
                LoggerOptions = [],
                Paths = new HashSet<string> { Allowed, _scratch["missing"], _scratch["link"] },
                UserdbText = Userdb,
                TellsShadow = true,
                PamProcesses = 0,
                Helper = "",
            },
            _log.Log);
        (MessageSocket brokers, int workers) = MessageSocket.Pair();
        _peer = new BrokerPeer(brokers, pid: 17);
        _worker = new MessageSocket(workers);
    }

    private string Allowed => _scratch["authpgsqlrc"];

    private string Userdb => _scratch["userdb"];

    public void Dispose()
    {
        _peer.Dispose();
        _worker.Dispose();
        _desk.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_file_of_the_list_is_opened_for_reading()
    {
        (BrokerAnswer? answer, int[] descriptors) = Ask(new(BrokerTask.Open, Allowed));
        Assert.Equal(BrokerVerdict.Done, answer?.Verdict);
        using SafeFileHandle file = new(Assert.Single(descriptors), ownsHandle: true);
        Assert.Equal("secret"u8.ToArray(), TrustedFiles.ReadFrom(file, 0, Allowed));
        Assert.Throws<UnauthorizedAccessException>(() => RandomAccess.Write(file, "x"u8, 0));
    }

    [Fact]
    public void A_file_of_the_list_that_is_missing_is_not_found() =>
        Assert.Equal(BrokerVerdict.NotFound, Ask(new(BrokerTask.Open, _scratch["missing"])).Answer?.Verdict);

    [Fact]
    public void A_stamp_is_the_file_s_own()
    {
        BrokerAnswer? answer = Ask(new(BrokerTask.Stamp, Allowed)).Answer;
        FileStamp stamp = FileStamp.Of(FileStamp.Name(Allowed))!.Value;
        Assert.Equal([stamp.Seconds, stamp.Nanoseconds, (long)stamp.Size, (long)stamp.Inode], answer!.Numbers);
    }

    [Theory]
    [InlineData("/etc/shadow")]
    [InlineData("")]
    [InlineData("authpgsqlrc")]
    public void Other_paths_are_refused(string path) => Refuses(new(BrokerTask.Open, path));

    [Fact]
    public void The_path_is_compared_as_it_is()
    {
        Refuses(new(BrokerTask.Open, Allowed + "/."));
        Refuses(new(BrokerTask.Open, _scratch.Path + "/../" + Path.GetFileName(_scratch.Path) + "/authpgsqlrc"));
        Refuses(new(BrokerTask.Stamp, Allowed + "\0"));
    }

    /// <summary>A user who may write to the configuration directory could have root open any file.</summary>
    [Fact]
    public async Task A_link_that_another_user_has_made_is_not_followed()
    {
        await Attacker.GiveAsync(_scratch.Path, "0755");
        await Attacker.LinkAsync("/etc/shadow", _scratch["link"]);
        (BrokerAnswer? answer, int[] descriptors) = Ask(new(BrokerTask.Open, _scratch["link"]));
        Assert.Equal(BrokerVerdict.Failed, answer?.Verdict);
        Assert.Empty(descriptors);
    }

    [Fact]
    public void What_no_module_needs_is_refused() => Refuses(new(BrokerTask.StartPam, ""));

    [Fact]
    public void Garbage_is_refused_and_the_next_question_answered()
    {
        foreach (byte[] garbage in new byte[][] { [0], [1], [1, 99, 0, 0, 0], [2, 1, 0, 0, 0], new byte[60_000] })
        {
            Assert.Equal(BrokerVerdict.Refused, AskRaw(garbage).Answer?.Verdict);
        }

        A_stamp_is_the_file_s_own();
        Assert.StartsWith("Warn the broker refuses a worker's question (pid 17): ", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    [Fact]
    public void An_oversized_message_and_one_without_a_place_for_the_answer_are_dropped()
    {
        Assert.Equal(0, _worker.Send(new byte[MessageSocket.MaxMessage + 1]));
        Assert.True(_desk.Serve(_peer));
        Assert.Equal(0, _worker.Send(new BrokerQuestion(BrokerTask.Open, Allowed).ToMessage()));
        Assert.True(_desk.Serve(_peer));
        (MessageSocket one, int other) = MessageSocket.Pair();
        Assert.Equal(0, _worker.Send(new BrokerQuestion(BrokerTask.Open, Allowed).ToMessage(), one.Descriptor, other));
        Assert.True(_desk.Serve(_peer));
        one.Dispose();
        Descriptors.Close(other);
        A_stamp_is_the_file_s_own();
    }

    /// <summary>Any descriptor may arrive in place of the socket for the answer.</summary>
    [Fact]
    public void A_file_in_place_of_a_socket_is_not_written_to()
    {
        using (SafeFileHandle file = File.OpenHandle(Allowed, FileMode.Open, FileAccess.ReadWrite))
        {
            Assert.Equal(0, _worker.Send(new BrokerQuestion(BrokerTask.Stamp, Allowed).ToMessage(), (int)file.DangerousGetHandle()));
            Assert.True(_desk.Serve(_peer));
        }

        Assert.Equal("secret", File.ReadAllText(Allowed));
        A_stamp_is_the_file_s_own();
    }

    [Fact]
    public void The_end_of_a_worker_is_noticed()
    {
        _worker.Dispose();
        Assert.False(_desk.Serve(_peer));
    }

    [Fact]
    public void A_password_in_userdb_is_changed_if_it_is_what_the_worker_has_seen()
    {
        Assert.Equal([1], Change("john", new("systempw", "old", "new"))!.Numbers);
        Assert.Equal("john\tuid=1|gid=1|home=/h|systempw=new\n", File.ReadAllText(Userdb));
        Assert.Equal([0], Change("john", new("systempw", "old", "newer"))!.Numbers);
        Assert.Equal([0], Change("mary", new("systempw", "old", "newer"))!.Numbers);
        Assert.Equal("john\tuid=1|gid=1|home=/h|systempw=new\n", File.ReadAllText(Userdb));
    }

    [Theory]
    [InlineData("john", "uid", "1", "0")]
    [InlineData("john", "home", "/h", "/")]
    [InlineData("john", "systempw", "old", "x|uid=0")]
    [InlineData("john", "systempw", "old", "x\nroot\tuid=0")]
    [InlineData("john", "x|uid=0|pw", "old", "x")]
    [InlineData("john", "uid=0|ypw", "old", "x")]
    [InlineData("john\troot", "systempw", "old", "x")]
    [InlineData("", "systempw", "old", "x")]
    public void Nothing_but_passwords_is_changed_in_userdb(string user, string field, string old, string next)
    {
        Refuses(new(BrokerTask.ChangeUserdb, user) { Changes = [new(field, old, next)] });
        Assert.Equal("john\tuid=1|gid=1|home=/h|systempw=old\n", File.ReadAllText(Userdb));
    }

    [Fact]
    public void A_change_of_nothing_is_refused() => Refuses(new(BrokerTask.ChangeUserdb, "john"));

    private BrokerAnswer? Change(string user, BrokerChange change) =>
        Ask(new(BrokerTask.ChangeUserdb, user) { Changes = [change] }).Answer;

    private void Refuses(BrokerQuestion question)
    {
        (BrokerAnswer? answer, int[] descriptors) = Ask(question);
        Assert.Equal(BrokerVerdict.Refused, answer?.Verdict);
        Assert.Empty(descriptors);
    }

    private (BrokerAnswer? Answer, int[] Descriptors) Ask(BrokerQuestion question) => AskRaw(question.ToMessage()!);

    private (BrokerAnswer? Answer, int[] Descriptors) AskRaw(byte[] message)
    {
        (MessageSocket line, int theirs) = MessageSocket.Pair();
        using (line)
        {
            Assert.Equal(0, _worker.Send(message, theirs));
            Descriptors.Close(theirs);
            Assert.True(_desk.Serve(_peer));
            byte[] buffer = new byte[MessageSocket.MaxMessage];
            Assert.True(line.Wait(ProcessRunner.Limit));
            Assert.Equal(Reception.Message, line.Receive(buffer, out int length, out int[] descriptors));
            return (BrokerAnswer.TryParse(buffer.AsSpan(0, length)), descriptors);
        }
    }
}
