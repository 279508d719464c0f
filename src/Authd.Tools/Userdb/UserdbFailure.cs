// How the userdb programs end when they cannot do what they are asked.
using Authd.Core;
using Authd.Interop;
using Authd.Modules.Userdb;

namespace Authd.Tools.Userdb;

/// <summary>Turns failures into messages and exit codes.</summary>
internal static class UserdbFailure
{
    /// <summary>Runs <paramref name="work"/>; what fails is said on standard error.</summary>
    /// <returns>What <paramref name="work"/> returned, or the failure's exit code: for a failed system call its errno.</returns>
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
            environment.Complain(WireText.FromUnicode($"{program}: {e.Message}\n"));
            return e.Errno;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            environment.Complain(WireText.FromUnicode($"{program}: {e.Message}\n"));
            return 1;
        }
    }
}
