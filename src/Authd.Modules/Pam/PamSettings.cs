// Section [pam] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Modules.Pam;

/// <summary>How many PAM processes a worker has, and how long everything may take.</summary>
/// <param name="Processes"><c>processes</c>: PAM conversations of one worker at the same time.</param>
/// <param name="Conversations"><c>conversations</c>: a process is replaced after so many.</param>
/// <param name="Wait"><c>wait-timeout</c>, seconds: a login's wait for a process.</param>
/// <param name="Conversation"><c>conversation-timeout</c>, seconds: after it the process is killed.</param>
/// <param name="Idle"><c>idle-timeout</c>, seconds: an unused process ends after it.</param>
/// <param name="LongestDelay"><c>longest-delay</c>, seconds: the most of PAM's failure delay that is honoured.</param>
public sealed record PamSettings(
    int Processes, int Conversations, TimeSpan Wait, TimeSpan Conversation, TimeSpan Idle, TimeSpan LongestDelay)
{
    private const string Section = "pam";

    /// <summary>Reads the section. The defaults of the three waits add up to less than a request may take.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static PamSettings Read(DaemonIni ini) => new(
        ini.Number(Section, "processes", usual: 8, least: 1, most: 256),
        ini.Number(Section, "conversations", usual: 100, least: 1, most: 1_000_000),
        TimeSpan.FromSeconds(ini.Number(Section, "wait-timeout", usual: 5, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(Section, "conversation-timeout", usual: 15, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(Section, "idle-timeout", usual: 60, least: 1, most: 86400)),
        TimeSpan.FromSeconds(ini.Number(Section, "longest-delay", usual: 4, least: 0, most: 25)));
}
