namespace Authd.Core.Configuration;

/// <summary>The daemon's own settings in authdaemonrc, typed and checked.</summary>
public sealed class DaemonSettings
{
    /// <summary>The number of worker processes beyond which a setting counts as a typing mistake.</summary>
    public const int MaxDaemons = 1024;

    /// <summary>Module names longer than this, in bytes, are cut.</summary>
    public const int MaxModuleName = 40;

    private static readonly char[] WhiteSpace = [' ', '\t', '\n', '\v', '\f', '\r'];

    private DaemonSettings(Authdaemonrc rc, int previousDaemons)
    {
        List<string> errors = [];
        Warnings = rc.Warnings;
        Errors = errors;
        ModuleList = rc.Variables.GetValueOrDefault("authmodulelist");
        ModuleNames = [.. Words(ModuleList).Select(static name => name.Length > MaxModuleName ? name[..MaxModuleName] : name)];
        Daemons = ReadDaemons(rc, previousDaemons, errors);
        DebugLogin = LeadingInteger(rc["DEBUG_LOGIN"]);
        DefaultOptions = rc["DEFAULTOPTIONS"] ?? "";
        LoggerOptions = Words(rc["LOGGEROPTS"]);
        StateDirectory = rc["authdaemonvar"] is { Length: > 0 } directory ? WireText.ToUnicode(directory) : null;
        if (DefaultOptions.AsSpan().ContainsAny('\n', '\r'))
        {
            throw new ConfigurationException(rc.FileName, 0, "DEFAULTOPTIONS holds a line end, which no reply can carry");
        }
    }

    /// <summary>authmodulelist as the file has it, for the log; <c>null</c> when it is not set.</summary>
    public string? ModuleList { get; }

    /// <summary>The modules in order; a name listed twice is there twice.</summary>
    public IReadOnlyList<string> ModuleNames { get; }

    /// <summary>Number of worker processes, at least 1.</summary>
    public int Daemons { get; }

    /// <summary>DEBUG_LOGIN: 0 off, 1 debug lines, 2 and more also passwords.</summary>
    public int DebugLogin { get; }

    /// <summary>DEFAULTOPTIONS; wire text, may be empty.</summary>
    public string DefaultOptions { get; }

    /// <summary>LOGGEROPTS, word by word: <c>-facility=local6</c>, <c>-name=authd</c>, ...</summary>
    public IReadOnlyList<string> LoggerOptions { get; }

    /// <summary>authdaemonvar, the directory of socket and pid file; <c>null</c> when it is not set or empty.</summary>
    public string? StateDirectory { get; }

    /// <summary>Texts for the log at WARN.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Texts for the log at ERR; none of them is fatal.</summary>
    public IReadOnlyList<string> Errors { get; }

    /// <summary>Reads the settings from <paramref name="rc"/>.</summary>
    /// <param name="rc">The file.</param>
    /// <param name="previousDaemons">The number of workers so far, kept when the file's is out of range.</param>
    /// <exception cref="ConfigurationException">A value that cannot be used.</exception>
    public static DaemonSettings From(Authdaemonrc rc, int previousDaemons = 1) => new(rc, previousDaemons);

    private static int ReadDaemons(Authdaemonrc rc, int previous, List<string> errors)
    {
        if (rc.Variables.GetValueOrDefault("daemons") is not { Length: > 0 } text)
        {
            errors.Add($"{rc.FileName}: daemons is not set, using 1; write daemons=5, or another number of workers");
            return 1;
        }

        int number = LeadingInteger(text);
        if (number is >= 1 and <= MaxDaemons)
        {
            return number;
        }

        int used = number == 0 ? 1 : previous;
        errors.Add($"{rc.FileName}:{rc.LineOf("daemons")}: daemons: must be a number of workers from 1 to {MaxDaemons}, "
            + $"not '{text}', using {used}");
        return used;
    }

    private static string[] Words(string? text) =>
        text?.Split(WhiteSpace, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static int LeadingInteger(string? text) =>
        (int)Math.Clamp(LeadingNumber.Parse(text), int.MinValue, int.MaxValue);
}
