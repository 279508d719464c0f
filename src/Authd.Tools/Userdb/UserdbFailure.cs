using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Modules.Userdb;

namespace Authd.Tools.Userdb;

/// <summary>Turns failures of the userdb programs into messages and exit codes.</summary>
internal static class UserdbFailure
{
    /// <summary>Runs <paramref name="work"/>; a failure is reported on standard error.</summary>
    /// <returns>The result of <paramref name="work"/>, or the failure's exit code: for a failed system call its errno.</returns>
    internal static int Report(string program, ToolEnvironment environment, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (UserdbException e)
        {
            environment.Complain(WireText.FromUnicode(e.Message + "\n"));
            return e.ExitCode;
        }
        catch (LibcException e)
        {
            environment.Complain(WireText.FromUnicode($"{program}: {FileTrouble.Text(e)}\n"));
            return e.Errno;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            environment.Complain(WireText.FromUnicode($"{program}: {e.Message}\n"));
            return 1;
        }
    }
}
