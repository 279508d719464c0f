// The worker's side of the broker, which does for it the few things that only root may do.
using System.Net.Sockets;
using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;
using Authd.Linux.Users;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Linux.Broker;

/// <summary>
/// Asks one of the fixed questions (<see cref="BrokerTask"/>) at a time, from any thread. Each question carries a socket for its
/// answer. If a broker dies, its successor answers the questions that it had not read yet.
/// </summary>
/// <param name="channel">The socket to the broker.</param>
/// <param name="paths">The files that the broker opens.</param>
public sealed class BrokerClient(MessageSocket channel, IReadOnlySet<string> paths) : IFileBroker
{
    /// <summary>The time limit for quick tasks, during which the thread that serves clients may wait.</summary>
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(2);

    /// <summary>The time limit for questions to a name service.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int StampLifetime = 1000; // milliseconds

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Taken, FileStamp? Stamp)> _stamps = new(StringComparer.Ordinal);

    /// <summary>The broker of this process; <c>null</c>: this process needs none.</summary>
    public static BrokerClient? Current { get; private set; }

    /// <summary>Makes <paramref name="broker"/> the broker of the whole process.</summary>
    public static void Use(BrokerClient broker)
    {
        Current = broker;
        RootFiles.Broker = broker;
        SystemUsers.ShadowBroker = broker.FindShadow;
    }

    /// <inheritdoc/>
    public bool Covers(string path) => paths.Contains(path);

    /// <inheritdoc/>
    public SafeFileHandle? Open(string path)
    {
        (BrokerAnswer answer, int[] descriptors) = Ask(new(BrokerTask.Open, WireText.FromUnicode(path)), path, Brief);
        return answer.Verdict == BrokerVerdict.NotFound ? null
            : descriptors is [var file] ? new SafeFileHandle(file, ownsHandle: true)
            : throw Nonsense(path, descriptors);
    }

    /// <inheritdoc/>
    public FileStamp? StampOf(string path)
    {
        lock (_lock)
        {
            if (_stamps.TryGetValue(path, out (long Taken, FileStamp? Stamp) known)
                && Environment.TickCount64 - known.Taken < StampLifetime)
            {
                return known.Stamp;
            }
        }

        FileStamp? stamp = AskForStamp(path);
        lock (_lock)
        {
            _stamps[path] = (Environment.TickCount64, stamp);
        }

        return stamp;
    }

    /// <summary>The shadow entry of <paramref name="name"/> (wire text); <c>null</c>: no such entry. Blocks.</summary>
    /// <exception cref="LibcException">The name service cannot tell, or the broker does not answer.</exception>
    public ShadowEntry? FindShadow(string name)
    {
        const string what = "getspnam";
        if (name.Length > BrokerQuestion.LongestText)
        {
            return null; // No system has users with such names.
        }

        (BrokerAnswer answer, int[] descriptors) = Ask(new(BrokerTask.Shadow, name), what, Patience);
        return answer.Verdict == BrokerVerdict.NotFound ? null
            : answer.Numbers is [var change, var age, var expiry] ? new ShadowEntry(answer.Text, change, age, expiry)
            : throw Nonsense(what, descriptors);
    }

    /// <summary>Has the broker start a PAM process. Blocks.</summary>
    /// <exception cref="LibcException">The process cannot be started.</exception>
    public BrokeredProcess StartPam()
    {
        const string what = "a PAM process";
        (BrokerAnswer answer, int[] descriptors) = Ask(new(BrokerTask.StartPam, ""), what, Patience, out MessageSocket line);
        if (answer.Numbers is [var pid] && descriptors is [var requests, var output])
        {
            return new BrokeredProcess((int)pid, requests, output, line);
        }

        line.Dispose();
        throw Nonsense(what, descriptors);
    }

    /// <summary>Has the broker change fields of <paramref name="user"/> in
    /// userdb. The change waits for locks; cancelling ends the wait.</summary>
    /// <returns>The verdict's number, and its reason.</returns>
    /// <exception cref="IOException">The broker does not answer: the change may or may not have been made.</exception>
    public async Task<(long Result, string Text)> ChangeUserdbAsync(
        string user, IReadOnlyList<BrokerChange> changes, CancellationToken cancel)
    {
        const string what = "a change of userdb";
        using MessageSocket line = Send(new BrokerQuestion(BrokerTask.ChangeUserdb, user) { Changes = changes }, what, Brief);
        byte[] message = await line.ReadAnswerAsync(cancel);
        return BrokerAnswer.TryParse(message) is { Verdict: BrokerVerdict.Done, Numbers: [var result], Text: var text }
            ? (result, text) : throw Nonsense(what, []);
    }

    private FileStamp? AskForStamp(string path)
    {
        try
        {
            (BrokerAnswer answer, _) = Ask(new(BrokerTask.Stamp, WireText.FromUnicode(path)), path, Brief);
            return answer.Numbers is [var seconds, var nanoseconds, var size, var inode]
                ? new FileStamp(seconds, (uint)nanoseconds, (ulong)size, (ulong)inode) : null;
        }
        catch (LibcException)
        {
            return null;
        }
    }

    private (BrokerAnswer Answer, int[] Descriptors) Ask(BrokerQuestion question, string what, TimeSpan patience)
    {
        (BrokerAnswer, int[]) answer = Ask(question, what, patience, out MessageSocket line);
        line.Dispose();
        return answer;
    }

    private (BrokerAnswer Answer, int[] Descriptors) Ask(
        BrokerQuestion question, string what, TimeSpan patience, out MessageSocket line)
    {
        line = Send(question, what, patience);
        int[] descriptors = [];
        try
        {
            byte[] buffer = new byte[MessageSocket.MaxMessage];
            if (!line.Wait(patience) || line.Receive(buffer, out int length, out descriptors) != Reception.Message)
            {
                throw NoAnswer(what);
            }

            return BrokerAnswer.TryParse(buffer.AsSpan(0, length)) switch
            {
                { Verdict: BrokerVerdict.Done or BrokerVerdict.NotFound } answer => (answer, descriptors),
                { Verdict: BrokerVerdict.Failed, Numbers: [var errno] } failed => throw LibcException.Told(failed.Text, (int)errno),
                { Verdict: BrokerVerdict.Refused } => throw LibcException.Told($"{what}: the broker refuses it", LibC.EACCES),
                _ => throw Nonsense(what, descriptors),
            };
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    /// <summary>Sends the question; the answer arrives on the returned socket.</summary>
    private MessageSocket Send(BrokerQuestion question, string what, TimeSpan patience)
    {
        byte[] message = question.ToMessage() ?? throw LibcException.Told($"{what}: too long", LibC.EMSGSIZE);
        (MessageSocket line, int theirs) = MessageSocket.Pair();
        try
        {
            int errno;
            do
            {
                errno = channel.Send(message, theirs);
            }
            while (errno == LibC.EAGAIN && channel.WaitForRoom(patience));

            return errno == 0 ? line : throw NoAnswer(what);
        }
        catch
        {
            line.Dispose();
            throw;
        }
        finally
        {
            Descriptors.Close(theirs);
        }
    }

    private static LibcException NoAnswer(string what) =>
        LibcException.Told($"{what}: the broker, which does it for the workers, does not answer", LibC.EAGAIN);

    private static LibcException Nonsense(string what, int[] descriptors)
    {
        Array.ForEach(descriptors, Descriptors.Close);
        return LibcException.Told($"{what}: the broker's answer is not understood", LibC.EAGAIN);
    }
}

/// <summary>A PAM process that is the broker's child. Closing <paramref name="Line"/> for writing ends it.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="Requests">The descriptor for requests and results.</param>
/// <param name="Output">The descriptor for the output of PAM modules.</param>
/// <param name="Line">The socket on which the broker reports the process's end.</param>
public sealed record BrokeredProcess(int Pid, int Requests, int Output, MessageSocket Line)
{
    /// <summary>Has the broker kill the process and its descendants, and
    /// waits for its end; <c>null</c>: the end is not known.</summary>
    public async Task<ExitStatus?> EndAsync()
    {
        using MessageSocket line = Line;
        try
        {
            line.Finish();
            byte[] message = await line.ReadAnswerAsync(CancellationToken.None);
            return BrokerAnswer.TryParse(message) is { Numbers: [var status] } ? new ExitStatus((int)status) : null;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
