using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The way in which a PAM process is started, by a worker that is root or by the broker: the same executable with this
/// argument and descriptor.</summary>
public static class PamRole
{
    /// <summary>argv[0] of a PAM process.</summary>
    public const string ProcessName = "authdaemond";

    /// <summary>argv[1] of a PAM process. argv[2] is the program for password changes, if one is set: a process that sends
    /// requests does not choose what root runs.</summary>
    public const string Argument = "--pam";

    /// <summary>The descriptor for requests and results; when it is closed, the process ends.</summary>
    internal const int Channel = 3;

    private const int SigKill = 9;

    /// <summary>Starts a PAM process as the leader of its own group.</summary>
    /// <param name="helper">The program of <see cref="PamTask.RunHelper"/>; <c>null</c>: none.</param>
    /// <returns>Its pid, the descriptor for requests and results, and the one for the output of modules.</returns>
    /// <exception cref="LibcException">The process cannot be started.</exception>
    public static (int Pid, int Requests, int Output) Start(string? helper)
    {
        (int channel, int theirChannel) = Descriptors.SocketPair();
        int output = -1;
        int theirOutput = -1;
        try
        {
            (output, theirOutput) = Descriptors.SocketPair();
            Descriptors.MakeNonBlocking(theirOutput);
            int pid = ChildProcess.Start(new ChildProgram(
                "/proc/self/exe",
                helper is null ? [ProcessName, Argument] : [ProcessName, Argument, helper],
                WireEnvironment.Entries(WireEnvironment.Own),
                [theirChannel])
            {
                Output = theirOutput,
                Errors = theirOutput,
                NewSession = true,
            });
            return (pid, channel, output);
        }
        catch
        {
            Descriptors.Close(channel);
            Descriptors.Close(output);
            throw;
        }
        finally
        {
            Descriptors.Close(theirChannel);
            Descriptors.Close(theirOutput);
        }
    }

    /// <summary>Kills a PAM process that has not been collected yet, and its descendants.</summary>
    public static void Kill(int pid) => ChildProcess.Signal(-pid, SigKill);
}
