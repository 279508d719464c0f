using Authd.Linux.Processes;

namespace Authd.Tools;

/// <summary>The action of courierlogger on its program.</summary>
internal enum LoggerVerb
{
    /// <summary>Stay until the input or the program ends.</summary>
    Stay,

    /// <summary>Become a daemon.</summary>
    Start,

    /// <summary>Stop the running daemon.</summary>
    Stop,

    /// <summary>Pass SIGHUP to the running daemon.</summary>
    Restart,
}

/// <summary>courierlogger's command line, parsed and checked. Text is wire text.</summary>
internal sealed record CourierloggerOptions
{
    private const string Usage = """
        Usage: courierlogger [-name=name] [-pid=pidfile] [-facility=type]
               [-start|-stop|-restart] [cmd [args...]]
        """;

    private const string DefaultFacility = "mail";

    internal LoggerVerb Verb { get; private set; }

    /// <summary>The tag of the lines.</summary>
    internal string Name { get; private set; } = "";

    internal string Facility { get; private set; } = DefaultFacility;

    /// <summary>The pid file; empty: none.</summary>
    internal string PidFile { get; private set; } = "";

    /// <summary>Start the program again whenever it ends.</summary>
    internal bool Respawns { get; private set; }

    /// <summary>The program runs under <see cref="User"/> and <see cref="Group"/> as well.</summary>
    internal bool DropsRoot { get; private set; }

    internal string User { get; private set; } = "";

    internal string Group { get; private set; } = "";

    /// <summary>The program and its arguments; empty: standard input is logged.</summary>
    internal IReadOnlyList<string> Program { get; private set; } = [];

    /// <summary>Reads the arguments; after a failure <paramref name="problem"/> is the message.</summary>
    internal static CourierloggerOptions? Parse(IReadOnlyList<string> arguments, out string problem)
    {
        CourierloggerOptions options = new();
        int count = 0;
        problem = arguments.Count == 0 ? Usage : "";
        while (problem.Length == 0 && count < arguments.Count && arguments[count].StartsWith('-'))
        {
            problem = options.Take(arguments[count++]);
        }

        if (problem.Length == 0)
        {
            problem = options.Finish([.. arguments.Skip(count)], optionCount: count);
        }

        return problem.Length == 0 ? options : null;
    }

    /// <summary>Reads one option; returns its fault, or an empty text.</summary>
    private string Take(string option)
    {
        int mark = option.IndexOf('=');
        string value = option[(mark + 1)..];
        switch (mark > 0 ? option[..mark] : option)
        {
            case "-name" when mark > 0 && value.Length > 0:
                Name = value;
                return "";
            case "-pid" when mark > 0 && value.Length > 0:
                PidFile = value;
                return "";
            case "-facility" when mark > 0:
                Facility = value;
                return Syslog.Facilities.ContainsKey(value) ? "" : $"Unknown facility name '{value}'";
            case "-user" when mark > 0:
                User = value;
                return "";
            case "-group" when mark > 0:
                Group = value;
                return "";
            case "-start":
                Verb = LoggerVerb.Start;
                return "";
            case "-stop":
                Verb = LoggerVerb.Stop;
                return "";
            case "-restart":
                Verb = LoggerVerb.Restart;
                return "";
            case "-respawn":
                Respawns = true;
                return "";
            case "-droproot":
                DropsRoot = true;
                return "";
            default:
                return $"Unknown option '{option}'";
        }
    }

    /// <summary>Reads the arguments after the options, and checks whether all of them fit together.</summary>
    private string Finish(IReadOnlyList<string> rest, int optionCount)
    {
        if (PidFile.Length > 0 && Verb == LoggerVerb.Stay)
        {
            Verb = LoggerVerb.Start;
        }

        if (Verb != LoggerVerb.Stay && PidFile.Length == 0)
        {
            return "-pid argument required";
        }

        if (Verb is LoggerVerb.Stop or LoggerVerb.Restart)
        {
            return "";
        }

        if (optionCount == 0 && rest.Count == 1)
        {
            Name = rest[0];
            return "";
        }

        Program = rest;
        if (Verb == LoggerVerb.Start && rest.Count == 0)
        {
            return "-start must be followed by a command to execute";
        }

        if (Name.Length == 0)
        {
            Name = rest.Count > 0 ? rest[0][(rest[0].LastIndexOf('/') + 1)..] : "";
        }

        return Name.Length == 0 ? "-name option required for standalone logger" : "";
    }
}
