// Which command is meant, and with which configuration directory.
using Authd.Core.Configuration;
using Authd.Daemon.Commands;
using Authd.Daemon.Supervisor;
using Authd.Daemon.Worker;
using Authd.Interop;
using Authd.Modules.Pam;

namespace Authd;

/// <summary>The command line of all commands.</summary>
internal static class CommandLine
{
    private const string ConfigDirOption = "--config-dir";

    private const string Usage = """
        Usage: authdaemond [--config-dir DIR] [start|stop|restart|status|check]
               authdaemond COMMAND [ARGUMENTS]     (or by a link of the command's name)

        Without a command the daemon stays in the foreground and logs to stderr.
          start     start the daemon in the background; returns when it serves
          stop      stop it; clients that are being served are served
          restart   read the configuration again without losing a request
          status    say whether it runs; exit code 3 when not
          check     say what is wrong with the configuration
        Commands, each of which has --help: authtest, authenumerate, authpasswd, courierlogger,
          userdb, makeuserdb, userdbpw, pw2userdb, vchkpw2userdb, authpostfix, authcleanup.
        The configuration is in DIR, or in $AUTHDAEMON_CONFIG_DIR, or in /etc/courier or /etc/authlib.
        """;

    /// <summary>Runs the command; its exit code.</summary>
    /// <param name="calledAs">argv[0].</param>
    /// <param name="arguments">The arguments after it.</param>
    internal static async Task<int> RunAsync(string calledAs, string[] arguments)
    {
        string name = Path.GetFileName(calledAs);
        if (ToolCommands.Find(name) is { } byName)
        {
            return CommandHelp.Answer(name, arguments) ?? byName(arguments);
        }

        if (arguments is [var first, .. var rest] && ToolCommands.Find(first) is { } byArgument)
        {
            return CommandHelp.Answer(first, rest) ?? byArgument(rest);
        }

        if (arguments is [WorkerRole.Argument or PamRole.Argument or RunCommand.BackgroundArgument, ..])
        {
            // Started through /proc/self/exe, the process would be called "exe" in ps and to pgrep.
            File.WriteAllText("/proc/self/comm", WorkerRole.ProcessName);
        }

        return arguments switch
        {
            [WorkerRole.Argument] => await WorkerProgram.RunAsync(),
            [PamRole.Argument] => PamProgram.Run(),
            _ => Daemon(arguments),
        };
    }

    private static int Daemon(string[] arguments)
    {
        bool background = arguments is [RunCommand.BackgroundArgument, ..];
        string[] rest = background ? arguments[1..] : arguments;
        string? directory = Environment.GetEnvironmentVariable(ConfigLocation.EnvironmentVariable);
        if (rest is [ConfigDirOption, var given, ..])
        {
            directory = given;
            rest = rest[2..];
        }

        if (rest is [])
        {
            // A SIGHUP or SIGTERM that comes before the daemon listens waits for it.
            HeldSignals.HoldBack();
        }

        ConfigLocation location = ConfigLocation.Find(directory);
        return rest switch
        {
            [] when background => RunCommand.Background(location),
            [] => RunCommand.Foreground(location),
            ["start"] => ControlCommands.Start(location, [ConfigDirOption, location.Directory], Console.Error),
            ["stop"] => ControlCommands.Stop(location, Console.Error),
            ["restart"] => ControlCommands.Restart(location, Console.Error),
            ["check"] => ControlCommands.Check(location, Console.Error),
            ["status"] => ControlCommands.Status(location, Console.Out, Console.Error),
            ["--version"] => Print(CommandHelp.Version("authdaemond")),
            ["--help"] => Print(Usage),
            _ => Refuse(rest[0]),
        };
    }

    private static int Print(string text)
    {
        Console.Out.WriteLine(text);
        return 0;
    }

    /// <summary>The start script's words for a verb that does not exist.</summary>
    private static int Refuse(string verb)
    {
        Console.Error.WriteLine($"Unknown option '-{verb}'");
        return 1;
    }
}
