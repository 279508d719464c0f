// Answers workers' questions. This is the only code that reads a worker's input as root.
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Broker;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;
using Authd.Linux.Users;
using Authd.Modules.SystemAccounts.Pam;
using Authd.Modules.Userdb;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Broker;

/// <summary>
/// Treats every worker as an attacker. A message is one of the fixed questions (<see cref="BrokerTask"/>) and allowed by the
/// settings, or it is refused; no answer waits for the worker; the number of questions under way is limited.
/// </summary>
internal sealed partial class BrokerDesk : IDisposable
{
    /// <summary>The number of shadow entries and userdb changes that one
    /// worker may wait for. Its own limit is 4 lookups a module.</summary>
    private const int MostUnderWay = 64;

    /// <summary>Threads for shadow entries: only a few, because a name service that hangs holds them all.</summary>
    private const int ShadowThreads = 8;

    /// <summary>Threads for changes of userdb, which take locks.</summary>
    private const int ChangeThreads = 4;

    /// <summary>The interval at which a waiting change checks whether the worker still wants it.</summary>
    private static readonly TimeSpan WantedPause = TimeSpan.FromMilliseconds(50);

    private readonly BrokerSettings _settings;
    private readonly Log _log;
    private readonly RepeatedWarning _complaint;
    private readonly BlockingWork _lookups = new(ShadowThreads);
    private readonly BlockingWork _changes = new(ChangeThreads);
    private readonly byte[] _buffer = new byte[MessageSocket.MaxMessage];

    internal BrokerDesk(BrokerSettings settings, Log log)
    {
        _settings = settings;
        _log = log;
        _complaint = new RepeatedWarning(_log.Warn, TimeProvider.System);
    }

    public void Dispose()
    {
        _lookups.Dispose();
        _changes.Dispose();
    }

    /// <summary>Takes one message of <paramref name="worker"/> and answers it, now or later.</summary>
    /// <returns>False: the worker has ended.</returns>
    internal bool Serve(BrokerPeer worker)
    {
        Reception reception = worker.Socket.Receive(_buffer, out int length, out int[] descriptors);
        switch (reception)
        {
            case Reception.End:
                return false;
            case Reception.Nothing:
                return true;
            case Reception.Oversized:
                Complain(worker, "a message that is too long");
                return true;
        }

        if (descriptors is not [var descriptor])
        {
            Array.ForEach(descriptors, Descriptors.Close);
            Complain(worker, "a message without a place for its answer");
            return true;
        }

        MessageSocket line = new(descriptor);
        if (BrokerQuestion.TryParse(_buffer.AsSpan(0, length)) is not { } question)
        {
            Complain(worker, "a malformed one");
            Answer(line, BrokerAnswer.Refused);
            return true;
        }

        try
        {
            Serve(worker, question, line);
        }
        catch (Exception e)
        {
            // Descriptors or processes may have run out; the next question may succeed.
            _log.Err($"the broker could not answer a worker: {ResourceLimit.Explain(e)}");
            Answer(line, BrokerAnswer.Failed(e));
        }

        return true;
    }

    /// <summary>Collects the PAM processes of <paramref name="worker"/> that have been told to end.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="all">The worker has ended, so all of its processes must end.</param>
    /// <returns>Some have not ended yet.</returns>
    internal static bool CollectPam(BrokerPeer worker, bool all)
    {
        foreach (StartedPam pam in worker.Pam.ToArray())
        {
            if (pam.Killed == 0 && (all || pam.Line.Wait(TimeSpan.Zero)))
            {
                // A worker sends nothing there but the end of its socket.
                PamRole.Kill(pam.Pid);
                pam.Killed = Environment.TickCount64;
            }

            if (pam.Killed != 0 && ChildProcess.Reap(pam.Pid) is { } status)
            {
                worker.Pam.Remove(pam);
                Answer(pam.Line, new BrokerAnswer(BrokerVerdict.Done, "", status.Status));
            }
        }

        return worker.Pam.Exists(static pam => pam.Killed != 0);
    }

    private void Serve(BrokerPeer worker, BrokerQuestion question, MessageSocket line)
    {
        string path = WireText.ToUnicode(question.Subject);
        switch (question.Task)
        {
            case BrokerTask.Open when _settings.Paths.Contains(path):
                Open(path, line);
                break;
            case BrokerTask.Stamp when _settings.Paths.Contains(path):
                Answer(line, FileStamp.Of(FileStamp.Name(path)) is { } stamp
                    ? new BrokerAnswer(BrokerVerdict.Done, "", stamp.Seconds, stamp.Nanoseconds, (long)stamp.Size, (long)stamp.Inode)
                    : BrokerAnswer.NotFound);
                break;
            case BrokerTask.Shadow when _settings.TellsShadow && worker.TryBegin(MostUnderWay):
                _ = LookUpAsync(worker, question.Subject, line);
                break;
            case BrokerTask.StartPam when worker.Pam.Count < _settings.PamProcesses:
                StartPam(worker, line);
                break;
            case BrokerTask.ChangeUserdb when _settings.UserdbText.Length > 0 && AreSecrets(question)
                && worker.TryBegin(MostUnderWay):
                _ = ChangeAsync(worker, question, line);
                break;
            default:
                Complain(worker, question.Task switch
                {
                    BrokerTask.Open or BrokerTask.Stamp => $"for {question.Subject}, which is not one of its files",
                    BrokerTask.StartPam when _settings.PamProcesses > 0 => $"for more than {_settings.PamProcesses} PAM processes",
                    BrokerTask.ChangeUserdb => "for a change of userdb that is not one of passwords",
                    var other => $"for {other}, which no module of this configuration needs, or too often",
                });
                Answer(line, BrokerAnswer.Refused);
                break;
        }
    }

    private static void Open(string path, MessageSocket line)
    {
        try
        {
            using SafeFileHandle? file = TrustedFiles.OpenRead(path);
            if (file is null)
            {
                Answer(line, BrokerAnswer.NotFound);
            }
            else
            {
                Answer(line, new BrokerAnswer(BrokerVerdict.Done, ""), (int)file.DangerousGetHandle());
            }
        }
        catch (IOException e)
        {
            Answer(line, BrokerAnswer.Failed(e));
        }
    }

    private async Task LookUpAsync(BrokerPeer worker, string name, MessageSocket line)
    {
        BrokerAnswer answer;
        try
        {
            answer = await _lookups.RunAsync(() => SystemUsers.FindShadow(name), CancellationToken.None) is { } entry
                ? new BrokerAnswer(BrokerVerdict.Done, entry.Hash, entry.LastChange, entry.MaximumAge, entry.Expiry)
                : BrokerAnswer.NotFound;
        }
        catch (Exception e)
        {
            answer = BrokerAnswer.Failed(e);
        }

        worker.End();
        Answer(line, answer);
    }

    private void StartPam(BrokerPeer worker, MessageSocket line)
    {
        (int pid, int requests, int output) = PamRole.Start(_settings.Helper is { Length: > 0 } helper ? helper : null);
        worker.Pam.Add(new StartedPam(pid, line));
        int errno = line.Send(new BrokerAnswer(BrokerVerdict.Done, "", pid).ToMessage(), requests, output);
        Descriptors.Close(requests);
        Descriptors.Close(output);
        if (errno != 0)
        {
            PamRole.Kill(pid);
            worker.Pam[^1].Killed = Environment.TickCount64;
        }
    }

    /// <summary>Makes the change under the locks of makeuserdb and userdb, for as long as the worker wants it.</summary>
    private async Task ChangeAsync(BrokerPeer worker, BrokerQuestion question, MessageSocket line)
    {
        using CancellationTokenSource wanted = new();
        BrokerAnswer answer;
        try
        {
            UserdbTextChange change = new(_settings.UserdbText, _changes, _log);
            Task<AuthOutcome> running = change.RunAsync(
                question.Subject,
                [.. question.Changes.Select(static field => new UserdbChange(field.Field, field.Old, field.New))],
                wanted.Token).AsTask();
            while (await Task.WhenAny(running, Task.Delay(WantedPause, CancellationToken.None)) != running)
            {
                if (line.Wait(TimeSpan.Zero))
                {
                    await wanted.CancelAsync(); // A change that has begun is finished.
                }
            }

            AuthOutcome outcome = await running;
            answer = new BrokerAnswer(BrokerVerdict.Done, outcome.Reason ?? "", (long)outcome.Verdict);
        }
        catch (OperationCanceledException)
        {
            answer = BrokerAnswer.Refused; // The reader of the answer is gone.
        }
        catch (Exception e)
        {
            _log.Err($"authuserdb: cannot change the password of {question.Subject}: {WireText.FromUnicode(ResourceLimit.Explain(e))}");
            answer = BrokerAnswer.Failed(e);
        }

        worker.End();
        Answer(line, answer);
    }

    /// <summary>Password fields (<c>systempw</c>, <c>imap-hmac-md5pw</c>)
    /// with values that can end neither their field nor their line.</summary>
    private static bool AreSecrets(BrokerQuestion question) =>
        question.Changes.Count > 0 && question.Subject.Length > 0 && !question.Subject.AsSpan().ContainsAny('\n', '\t', '\0')
        && question.Changes.All(static change => SecretField().IsMatch(change.Field)
            && !change.Old.AsSpan().ContainsAny("|\n\r\t\0") && !change.New.AsSpan().ContainsAny("|\n\r\t\0"));

    /// <summary>Sends the answer and closes the socket. A worker without room for the answer does not get it.</summary>
    private static void Answer(MessageSocket line, BrokerAnswer answer, params ReadOnlySpan<int> descriptors)
    {
        _ = line.Send(answer.ToMessage(), descriptors);
        line.Dispose();
    }

    private void Complain(BrokerPeer worker, string what) => _complaint.Say(
        $"the broker refuses a worker's question (pid {worker.Pid}): {what}; our workers never send that: find out who controls this one");

    [GeneratedRegex(@"\A[^|=\t\r\n\0]*pw\z", RegexOptions.CultureInvariant)]
    private static partial Regex SecretField();
}
