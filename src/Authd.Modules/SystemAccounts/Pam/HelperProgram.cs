// The administrator's own program for changing passwords, in the form of courier-authlib's authsystem.passwd.
using System.Security.Cryptography;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Users;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>
/// Runs the program as the user. stdin is the old password, LF, the new
/// password, LF; its output is discarded; exit status 0 is success.
/// </summary>
internal static class HelperProgram
{
    private const byte Newline = (byte)'\n';

    /// <summary>Runs the program to its end. This process becomes the user.</summary>
    /// <exception cref="LibcException">The program cannot be started.</exception>
    internal static PamResult Run(string helper, SystemUser user, PamRequest request)
    {
        // Read first: a process that has changed its uid may not read its own /proc any more.
        List<string> environment = WireEnvironment.Entries(WireEnvironment.Own);
        ProcessIdentity.Become(user.Uid, user.Gid);
        (int read, int write) = Descriptors.Pipe();
        // stderr is /dev/null, too, as stdin is here: such programs show their dialogue with passwd(1).
        Descriptors.Replace(Descriptors.Stderr, Descriptors.Stdin);
        int pid = ChildProcess.Start(new ChildProgram(helper, [helper], environment, []) { Input = read });
        Descriptors.Close(read);
        byte[] passwords = [.. request.Password, Newline, .. request.NewPassword, Newline];
        // They fit into a pipe. A program that does not read them reports by its exit status whether that is a failure.
        Descriptors.Write(write, passwords);
        Descriptors.Close(write);
        CryptographicOperations.ZeroMemory(passwords);
        ExitStatus status = ChildProcess.Wait(pid);
        return new PamResult(PamStep.Helper, status.Status, status.ToString());
    }
}
