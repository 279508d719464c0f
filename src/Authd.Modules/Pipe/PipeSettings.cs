using Authd.Core.Configuration;

namespace Authd.Modules.Pipe;

/// <summary>Section <c>[pipe]</c> of authdaemond.ini.</summary>
/// <param name="Program"><c>program</c>: the path of the program; <c>null</c>: authProg in the configuration directory.</param>
/// <param name="Programs"><c>programs</c>: the largest number of copies in one worker.</param>
/// <param name="Timeout"><c>timeout</c>, seconds: the longest time for one answer.</param>
public sealed record PipeSettings(string? Program, int Programs, TimeSpan Timeout)
{
    private const string Section = "pipe";

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static PipeSettings Read(DaemonIni ini) => new(
        ini.AbsolutePath(Section, "program"),
        ini.Number(Section, "programs", usual: 4, least: 1, most: 100),
        TimeSpan.FromSeconds(ini.Number(Section, "timeout", usual: 20, least: 1, most: 3600)));
}
