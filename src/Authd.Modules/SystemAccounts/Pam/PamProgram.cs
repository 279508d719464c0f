using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The main program of a PAM process: it carries out one request after the other for its worker, and is expendable when
/// a module damages it.</summary>
public static class PamProgram
{
    /// <summary>
    /// Descriptors that modules may leave open for later (a socket to
    /// syslog or to a name service's cache) before they count as a leak.
    /// </summary>
    private const int SpareDescriptors = 16;

    /// <summary>SIGKILL.</summary>
    private const int Kill = 9;

    /// <summary>Serves until the worker closes the channel, or until a module has changed the process.</summary>
    /// <param name="helper">The administrator's program for password changes; <c>null</c>: none.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string? helper)
    {
        ProcessHardening.HideMemory();
        new Thread(EndWithWorker, maxStackSize: 65536) { IsBackground = true }.Start();
        DescriptorStream channel = new(PamRole.Channel);
        ProcessState original = ProcessState.Now();
        PamOperations work = new(helper, modules => PamReplies.WriteModules(channel, modules), Show);
        while (Next(channel) is { } request)
        {
            PamResult result = work.Execute(request);
            request.Wipe();
            if (request.Task == PamTask.LogIn)
            {
                result = result with { Changes = original.ChangesTo(ProcessState.Now(), SpareDescriptors) };
            }

            PamReplies.WriteResult(channel, result);
            if (request.Task != PamTask.LogIn || result.Changes.Length > 0)
            {
                return 0;
            }
        }

        return 0;
    }

    /// <summary>The next request; <c>null</c> at the end of the channel, or after a malformed one.</summary>
    private static PamRequest? Next(Stream channel)
    {
        try
        {
            return PamRequest.Read(channel);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            Show($"the PAM process ends: {e.Message}");
            return null;
        }
    }

    /// <summary>A worker that has died cannot kill a process whose module
    /// hangs, so the process kills itself and its descendants.</summary>
    private static void EndWithWorker()
    {
        Descriptors.WaitForHangUp(PamRole.Channel);
        // The worker made this process the leader of its group.
        ChildProcess.Signal(-Environment.ProcessId, Kill);
    }

    /// <summary>Writes to stderr, which the worker logs with the user's name.</summary>
    private static void Show(string text) => Descriptors.Write(Descriptors.Stderr, WireText.ToBytes(text + '\n'));
}
