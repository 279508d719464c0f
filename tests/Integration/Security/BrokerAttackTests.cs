// The broker as a process against a worker under an attacker's control.
using System.Globalization;
using Authd.Daemon.Broker;
using Authd.Linux.Broker;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

public sealed class BrokerAttackTests : IDisposable
{
    private const int Seed = 20261128;
    private const int Messages = 5000;
    private const int SigKill = 9;

    private readonly ScratchDirectory _scratch = new();
    private readonly MessageSocket _control;
    private readonly MessageSocket _worker;
    private readonly int _broker;

    public BrokerAttackTests()
    {
        File.WriteAllText(Allowed, "secret");
        (_control, int controlOfBroker) = MessageSocket.Pair();
        (_worker, int workerOfBroker) = MessageSocket.Pair();
        _broker = ChildProcess.Start(new ChildProgram(
            OurDaemon.Binary, ["authdaemond", "--broker"], ["PATH=/usr/bin"], [controlOfBroker]));
        Descriptors.Close(controlOfBroker);
        Assert.Equal(0, _control.Send(new BrokerSettings
        {
            DebugLogin = 0,
            LoggerOptions = [],
            Paths = new HashSet<string> { Allowed },
            UserdbText = "",
            TellsShadow = true,
            PamProcesses = 2,
            Helper = "",
        }.ToMessage()));
        Assert.Equal(0, _control.Send([(byte)'W', 17, 0, 0, 0], workerOfBroker));
        Descriptors.Close(workerOfBroker);
    }

    private string Allowed => _scratch["authpgsqlrc"];

    public void Dispose()
    {
        _worker.Dispose();
        _control.Dispose();
        ChildProcess.Signal(_broker, SigKill);
        ChildProcess.Wait(_broker);
        _scratch.Dispose();
    }

    [Fact]
    public void Five_thousand_bad_messages_do_not_end_it()
    {
        Random random = new(Seed);
        byte[] good = new BrokerQuestion(BrokerTask.Open, "/etc/shadow").ToMessage()!;
        for (int i = 0; i < Messages; i++)
        {
            byte[] message = [.. good];
            if (i % 2 == 0)
            {
                message = new byte[random.Next(1, i % 100 == 0 ? MessageSocket.MaxMessage * 2 : 200)];
                random.NextBytes(message);
            }

            message[random.Next(Math.Min(message.Length, 12))] = (byte)random.Next(256);
            (MessageSocket line, int theirs) = MessageSocket.Pair();
            Send(message, (i % 3) switch { 0 => [], 1 => [theirs], _ => [theirs, line.Descriptor] });
            Descriptors.Close(theirs);
            line.Dispose();
        }

        Answers(BrokerVerdict.Done, new BrokerQuestion(BrokerTask.Stamp, Allowed));
        Answers(BrokerVerdict.Refused, new BrokerQuestion(BrokerTask.Open, "/etc/shadow"));
        Assert.True(ProcessTree.IsAlive(_broker));
        Assert.True(Directory.GetFileSystemEntries($"/proc/{_broker}/fd").Length < 64, "descriptors have been left open");
    }

    [Fact]
    public void No_more_PAM_processes_than_allowed_are_started_and_they_end_with_their_worker()
    {
        List<MessageSocket> lines = [.. Enumerable.Range(0, 2).Select(_ => Answers(BrokerVerdict.Done, new(BrokerTask.StartPam, ""))!)];
        Answers(BrokerVerdict.Refused, new BrokerQuestion(BrokerTask.StartPam, ""));
        Assert.Equal(2, ProcessTree.Children(_broker).Count);
        _worker.Dispose();
        SpinWait.SpinUntil(() => ProcessTree.Children(_broker).Count == 0, ProcessRunner.Limit);
        Assert.Empty(ProcessTree.Children(_broker));
        lines.ForEach(static line => line.Dispose());
    }

    private void Send(byte[] message, params int[] descriptors)
    {
        const int again = 11;
        while (_worker.Send(message, descriptors) is var errno and not 0)
        {
            Assert.True(errno == again, string.Create(CultureInfo.InvariantCulture, $"errno {errno}: the broker is gone"));
            Assert.True(_worker.WaitForRoom(ProcessRunner.Limit));
        }
    }

    private MessageSocket Answers(BrokerVerdict verdict, BrokerQuestion question)
    {
        (MessageSocket line, int theirs) = MessageSocket.Pair();
        Send(question.ToMessage()!, theirs);
        Descriptors.Close(theirs);
        byte[] buffer = new byte[MessageSocket.MaxMessage];
        Assert.True(line.Wait(ProcessRunner.Limit));
        Assert.Equal(Reception.Message, line.Receive(buffer, out int length, out int[] descriptors));
        Array.ForEach(descriptors, Descriptors.Close);
        Assert.Equal(verdict, BrokerAnswer.TryParse(buffer.AsSpan(0, length))?.Verdict);
        return line;
    }
}
