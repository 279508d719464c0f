using System.Globalization;
using Authd.Modules.PostfixRelay;

namespace Authd.Tools;

/// <summary><c>authcleanup minutes type:name</c>: removes old logins from a login table, for cron.</summary>
public static class AuthCleanup
{
    /// <summary>Runs the command. It removes entries older than the given minutes; with 0, all but the permanent ones.</summary>
    /// <returns>Exit code: 0 for success, 1 with the reason on standard error.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        if (arguments is not [var minutes, var notation]
            || !int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            environment.Complain("Usage: authcleanup minutes type:name\n");
            return 1;
        }

        return TableCommand.Run("authcleanup", notation, table => table.RemoveUpTo(LoginTime.Before(number)), environment);
    }
}
