// The administrator's own program for changing passwords, in the form of courier-authlib's authsystem.passwd.
using System.Security.Cryptography;
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>
/// Runs the program as the user: stdin is the old password, LF, the new password, LF; what it prints goes nowhere; exit
/// status 0 is success.
/// </summary>
internal static class HelperProgram
{
    private const byte Newline = (byte)'\n';

    /// <summary>Runs it to its end. This process becomes the user.</summary>
    /// <exception cref="LibcException">It cannot be started.</exception>
    internal static PamResult Run(PamRequest request)
    {
        // Before: who has changed its uid may not read its own /proc any more.
        List<string> environment = WireEnvironment.Entries(WireEnvironment.Own);
        ProcessIdentity.Become(request.Uid, request.Gid);
        (int read, int write) = Descriptors.Pipe();
        // stderr, too, is /dev/null to it (as stdin is here): such programs show their dialogue with passwd(1).
        Descriptors.Replace(Descriptors.Stderr, Descriptors.Stdin);
        int pid = ChildProcess.Start(new ChildProgram(request.Helper, [request.Helper], environment, []) { Input = read });
        Descriptors.Close(read);
        byte[] passwords = [.. request.Password, Newline, .. request.NewPassword, Newline];
        // They fit into a pipe. A program that does not read them tells by its exit status what that means.
        Descriptors.Write(write, passwords);
        Descriptors.Close(write);
        CryptographicOperations.ZeroMemory(passwords);
        ExitStatus status = ChildProcess.Wait(pid);
        return new PamResult(PamStep.Helper, status.Status, status.ToString());
    }
}
