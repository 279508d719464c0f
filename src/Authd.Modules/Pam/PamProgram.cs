// A PAM process: does one thing after the other for its worker, and can be spared when a module wrecks it.
using Authd.Core;
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>The main program of a PAM process.</summary>
public static class PamProgram
{
    /// <summary>
    /// Descriptors that modules may leave open for later (a socket to syslog or to a name service's cache) before that
    /// counts as a leak.
    /// </summary>
    private const int SpareDescriptors = 16;

    /// <summary>SIGKILL.</summary>
    private const int Kill = 9;

    /// <summary>Serves until the worker closes the channel, or until a module has changed the process.</summary>
    /// <returns>The exit code.</returns>
    public static int Run()
    {
        new Thread(EndWithWorker, maxStackSize: 65536) { IsBackground = true }.Start();
        DescriptorStream channel = new(PamRole.Channel);
        ProcessState original = ProcessState.Now();
        PamWork work = new(modules => PamReplies.WriteModules(channel, modules), Show);
        while (PamRequest.Read(channel) is { } request)
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

    /// <summary>A worker that has died cannot kill a process whose module hangs: it does so itself, with all that it started.</summary>
    private static void EndWithWorker()
    {
        Descriptors.WaitForHangUp(PamRole.Channel);
        // The worker has made this process the leader of its group.
        ChildProcess.Signal(-Environment.ProcessId, Kill);
    }

    /// <summary>The worker logs what is written to stderr, with the user's name.</summary>
    private static void Show(string text) => Descriptors.Write(Descriptors.Stderr, WireText.ToBytes(text + '\n'));
}
