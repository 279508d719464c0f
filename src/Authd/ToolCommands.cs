// The commands beside the daemon itself, by name.
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
    internal static Func<string[], int>? Find(string name) => name switch
    {
        "authtest" => static arguments => AuthTest.Run(Wire(arguments), Surroundings()),
        "authenumerate" => static arguments => AuthEnumerate.Run(Wire(arguments), Surroundings()),
        "courierlogger" => static arguments => Courierlogger.Run(Wire(arguments), Surroundings()),
        "authpasswd" => static arguments => AuthPasswd.Run(Wire(arguments), Surroundings(), new SystemCrypt()),
        "makeuserdb" => static arguments => MakeUserdb.Run(Wire(arguments), Surroundings(), ConfigDirectory()),
        "userdb" => static arguments => UserdbEdit.Run(Wire(arguments), Surroundings(), ConfigDirectory()),
        "userdbpw" => static arguments => UserdbPw.Run(Wire(arguments), Surroundings(), new SystemCrypt()),
        "pw2userdb" => static arguments => Pw2Userdb.Run(Wire(arguments), Surroundings()),
        "vchkpw2userdb" => static arguments => Vchkpw2Userdb.Run(Wire(arguments), Surroundings()),
        "authpostfix" => static arguments => AuthPostfix.Run(Wire(arguments), Surroundings()),
        "authcleanup" => static arguments => AuthCleanup.Run(Wire(arguments), Surroundings()),
        _ => null,
    };

    private static string[] Wire(string[] arguments) => ToolEnvironment.WireArguments(arguments.Length);

    private static ToolEnvironment Surroundings() => ToolEnvironment.OfProcess(FindSocket);

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

    private static string ConfigDirectory() => Location().Directory;

    private static ConfigLocation Location() =>
        ConfigLocation.Find(Environment.GetEnvironmentVariable(ConfigLocation.EnvironmentVariable));
}
