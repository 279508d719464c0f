// authcleanup: removes old logins from a login table, for cron.
using System.Globalization;
using Authd.Modules.Postfix;

namespace Authd.Tools;

/// <summary><c>authcleanup minutes type:name</c>.</summary>
public static class AuthCleanup
{
    /// <summary>Runs the command: entries older than that many minutes go, with 0 all but the permanent ones.</summary>
    /// <returns>Exit code: 0 done, 1 with the reason on standard error.</returns>
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
