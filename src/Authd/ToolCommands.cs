using Authd.Core;
using Authd.Core.Configuration;
using Authd.Daemon.Commands;
using Authd.Daemon.Configuration;
using Authd.Linux.Crypt;
using Authd.Tools;
using Authd.Tools.Userdb;

namespace Authd;

/// <summary>The commands beside the daemon, by name; one line each.</summary>
internal static class ToolCommands
{
    /// <summary>The command called <paramref name="name"/>, or <c>null</c>. It receives its arguments byte for byte.</summary>
    internal static Func<string[], int>? Find(string name) => Command(name) is { } command
        ? arguments => Run(name, command, ToolEnvironment.WireArguments(arguments.Length))
        : null;

    private static Func<string[], ToolEnvironment, int>? Command(string name) => name switch
    {
        "authtest" => static (arguments, environment) => AuthTest.Run(arguments, environment, Explain),
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

    private static string Explain(string flags, string service, string user, string? password)
    {
        try
        {
            return InspectCommands.Explain(Location(), flags, service, user, password);
        }
        catch (ConfigurationException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>A command that cannot read or write a standard stream ends with a message.</summary>
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
    /// The daemon's socket as authdaemonrc has it. Without that file it is where it is by default.
    /// </summary>
    /// <exception cref="IOException">The file may not be read, or is wrong: the socket could be anywhere.</exception>
    private static string FindSocket()
    {
        ConfigLocation location = Location();
        RequireReadable(location.AuthdaemonrcPath);
        try
        {
            return LoadedConfiguration.FindSocketPath(location);
        }
        catch (ConfigurationException e)
        {
            throw new IOException($"{e.Message}; until that is mended, nobody can tell where the daemon's socket is", e);
        }
    }

    private static void RequireReadable(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
        }
        catch (UnauthorizedAccessException e) when (!Directory.Exists(path))
        {
            throw new IOException(
                WireText.ToUnicode($"{path} says where the daemon's socket is, and cannot be read: {AccessReport.Denied(path)}"), e);
        }
        catch (IOException)
        {
            // The file is missing, or loading it reports the error.
        }
    }

    private static ConfigLocation Location() =>
        ConfigLocation.Find(Environment.GetEnvironmentVariable(ConfigLocation.EnvironmentVariable));
}
