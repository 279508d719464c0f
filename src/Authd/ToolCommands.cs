// The commands beside the daemon itself, by name.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Interop;
using Authd.Tools;
using Authd.Tools.Userdb;

namespace Authd;

/// <summary>The explicit list of commands: one line each.</summary>
internal static class ToolCommands
{
    /// <summary>The command called <paramref name="name"/>, or <c>null</c>. It takes its arguments byte for byte.</summary>
    internal static Func<string[], int>? Find(string name) => Command(name) is { } command
        ? arguments => Run(name, command, ToolEnvironment.WireArguments(arguments.Length))
        : null;

    private static Func<string[], ToolEnvironment, int>? Command(string name) => name switch
    {
        "authtest" => AuthTest.Run,
        "authenumerate" => AuthEnumerate.Run,
        "courierlogger" => Courierlogger.Run,
        "authpasswd" => static (arguments, environment) => AuthPasswd.Run(arguments, environment, new SystemCrypt()),
        "makeuserdb" => static (arguments, environment) => MakeUserdb.Run(arguments, environment, Location().Directory),
        "userdb" => static (arguments, environment) => UserdbEdit.Run(arguments, environment, Location().Directory),
        "userdbpw" => static (arguments, environment) => UserdbPw.Run(arguments, environment, new SystemCrypt()),
        "pw2userdb" => Pw2Userdb.Run,
        "vchkpw2userdb" => Vchkpw2Userdb.Run,
        "authpostfix" => AuthPostfix.Run,
        "authcleanup" => AuthCleanup.Run,
        _ => null,
    };

    /// <summary>A standard stream that is closed, or cannot be written any more, ends a command with a message.</summary>
    private static int Run(string name, Func<string[], ToolEnvironment, int> command, string[] arguments)
    {
        ToolEnvironment environment = ToolEnvironment.OfProcess(FindSocket);
        try
        {
            return command(arguments, environment);
        }
        catch (IOException e)
        {
            environment.Complain($"{name}: {WireText.FromUnicode(e.Message)}\n");
            return 1;
        }
    }

    /// <summary>
    /// The daemon's socket as authdaemonrc has it. The tools run for people who may not read that file: then the socket
    /// is where it is by default.
    /// </summary>
    private static string FindSocket()
    {
        ConfigLocation location = Location();
        try
        {
            return LoadedConfiguration.Load(location).SocketPath;
        }
        catch (ConfigurationException)
        {
            return Path.Combine(location.DefaultStateDirectory, "socket");
        }
    }

    private static ConfigLocation Location() =>
        ConfigLocation.Find(Environment.GetEnvironmentVariable(ConfigLocation.EnvironmentVariable));
}
