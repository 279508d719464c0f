using Authd.Core;
using Authd.Core.Protocol;

namespace Authd.Tools;

/// <summary><c>authenumerate [-s] [-o]</c> lists all accounts, with
/// courier-authlib's output: scripts make shared-folder indexes of it.</summary>
public static class AuthEnumerate
{
    private const string Usage = "Usage: authenumerate [-s] [-o]\n";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments"><c>-s</c> leaves out accounts with the option disableshared; <c>-o</c> shows the options.</param>
    /// <param name="environment">The process.</param>
    /// <returns>Exit code: 0 when the list is complete, else 1.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        if (arguments.Any(argument => argument is not ("-s" or "-o")))
        {
            environment.Complain(Usage);
            return 1;
        }

        try
        {
            Print(arguments.Contains("-s"), arguments.Contains("-o"), environment);
            return 0;
        }
        catch (AuthClientException)
        {
            // The client has written the reason to standard error.
            return 1;
        }
        catch (EnumerationFailedException e)
        {
            environment.Complain($"authenumerate: incomplete: {e.Message}\n");
            return 1;
        }
    }

    private static void Print(bool sharedOnly, bool withOptions, ToolEnvironment environment)
    {
        using BufferedStream output = new(environment.Output);
        using Progress progress = new(
            environment.OutputIsTerminal ? environment with { ErrorIsTerminal = false } : environment, "accounts", TimeProvider.System);
        long listed = 0;
        foreach (Account account in new AuthClient(environment, remoteIp: null).Enumerate())
        {
            progress.Report(++listed);
            if (!sharedOnly || !AccountOptions.IsOn(account.Options, "disableshared"))
            {
                string options = withOptions ? $"\t{account.Options}" : "";
                output.Write(WireText.ToBytes(
                    $"{account.Address}\t{account.Uid}\t{account.Gid}\t{account.Home}\t{account.Maildir}{options}\n"));
            }
        }
    }
}
