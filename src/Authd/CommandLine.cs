using Authd.Core.Configuration;
using Authd.Daemon.Broker;
using Authd.Daemon.Commands;
using Authd.Daemon.Configuration;
using Authd.Daemon.Supervisor;
using Authd.Daemon.Worker;
using Authd.Linux.Processes;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd;

/// <summary>Selects the command and the configuration directory from the command line.</summary>
internal static class CommandLine
{
    private const string ConfigDirOption = "--config-dir";

    private static readonly string[] Verbs = ["start", "stop", "restart", "status", "check", "config", "stats", "top", "who", "cache"];

    private const string Usage = """
        Usage: authdaemond [--config-dir DIR] [start|stop|restart|status|check|config|stats|top|who|cache]
               authdaemond COMMAND [ARGUMENTS]     (or by a link of the command's name)

        Without a command the daemon stays in the foreground and logs to stderr.
          start     start the daemon in the background; returns when it serves
          stop      stop it; clients that are being served are served
          restart   read the configuration again without losing a request
          status    say whether it runs; exit code 3 when not
          check [--connect]      say what is wrong with the configuration; --connect: try the servers as well
          config [-n]            print the configuration as it is understood; -n: only what is set
          stats [--json|--prometheus]  print what the running daemon has counted
          top [TIMES]            the same as rates, once a second
          who                    list the clients that wait, and what they have asked
          cache flush [NAME]     forget what is kept of NAME, or everything
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

        if (arguments is [WorkerRole.Argument or BrokerRole.Argument or PamRole.Argument or RunCommand.BackgroundArgument, ..])
        {
            // A process started through /proc/self/exe would be called "exe" in ps and pgrep.
            File.WriteAllText("/proc/self/comm", WorkerRole.ProcessName);
        }

        return arguments switch
        {
            [WorkerRole.Argument] => await WorkerProgram.RunAsync(),
            [BrokerRole.Argument] => BrokerProgram.Run(),
            [PamRole.Argument, .. var helper] => PamProgram.Run(helper is [var program] ? program : null),
            [ModuleFilesProcess.Argument, var directory, .. var how] =>
                ModuleFilesProcess.Run(ConfigLocation.Find(directory), how is [ModuleFilesProcess.Connect]),
            _ => Daemon(arguments),
        };
    }

    private static int Daemon(string[] arguments)
    {
        bool background = arguments is [RunCommand.BackgroundArgument, ..];
        string[] rest = background ? arguments[1..] : arguments;
        string? directory = Environment.GetEnvironmentVariable(ConfigLocation.EnvironmentVariable);
        if (Array.IndexOf(rest, ConfigDirOption) is var option and >= 0 && option + 1 < rest.Length)
        {
            directory = rest[option + 1];
            rest = [.. rest[..option], .. rest[(option + 2)..]];
        }

        if (rest is [])
        {
            // Signals that come before the daemon listens stay pending until then.
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
            ["check"] => ControlCommands.Check(location, connects: false, Console.Out, Console.Error),
            ["check", ModuleFilesProcess.Connect] or [ModuleFilesProcess.Connect, "check"] =>
                ControlCommands.Check(location, connects: true, Console.Out, Console.Error),
            ["status"] => ControlCommands.Status(location, Console.Out, Console.Error),
            ["stats", .. var how] => InspectCommands.Stats(location, how, Console.Out, Console.Error),
            ["top", .. var times] => InspectCommands.Top(location, times, Console.Out, Console.Error, !Console.IsOutputRedirected),
            ["who"] => InspectCommands.Who(location, Console.Out, Console.Error),
            ["cache", .. var what] => InspectCommands.Cache(location, what, Console.Error),
            ["config", .. var which] => ConfigCommand.Run(location, which, Console.Out, Console.Error),
            ["--version"] => Print(CommandHelp.Version("authdaemond")),
            ["--help" or "-h" or "help"] => Print(Usage),
            [var verb, .. var more] => Refuse(verb, more),
        };
    }

    private static int Print(string text)
    {
        Console.Out.WriteLine(text);
        return 0;
    }

    /// <summary>Refuses an unknown verb in the start script's words, with the verb that may be meant; or an unexpected argument.</summary>
    private static int Refuse(string verb, string[] more)
    {
        string problem = Verbs.Contains(verb)
            ? $"authdaemond {verb}: unexpected argument '{more[0]}'"
            : $"Unknown option '-{verb}'{(verb is "reload" or "force-reload" ? " (did you mean restart?)" : Suggestion.For(verb, Verbs))}";
        Console.Error.WriteLine(problem);
        Console.Error.WriteLine($"usage: authdaemond [{ConfigDirOption} DIR] [{string.Join('|', Verbs)}]; --help says more");
        return 1;
    }
}
