using Authd.Core.Configuration;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>Section [pam] of authdaemond.ini: the number of PAM processes of a worker, and time limits.</summary>
/// <param name="Processes"><c>processes</c>: PAM conversations of one worker at the same time.</param>
/// <param name="Conversations"><c>conversations</c>: the number of conversations after which a process is replaced.</param>
/// <param name="Wait"><c>wait-timeout</c>, seconds: a login's longest wait for a process.</param>
/// <param name="Conversation"><c>conversation-timeout</c>, seconds: the time after which the process is killed.</param>
/// <param name="Idle"><c>idle-timeout</c>, seconds: the time after which an unused process ends.</param>
/// <param name="LongestDelay"><c>longest-delay</c>, seconds: the part of PAM's failure delay that is honoured.</param>
public sealed record PamSettings(
    int Processes, int Conversations, TimeSpan Wait, TimeSpan Conversation, TimeSpan Idle, TimeSpan LongestDelay)
{
    private const string Section = "pam";

    /// <summary>Reads the section. The defaults of the three waits add up to less than the time limit of a request.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static PamSettings Read(DaemonIni ini) => new(
        ini.Number(Section, "processes", usual: 8, least: 1, most: 256),
        ini.Number(Section, "conversations", usual: 100, least: 1, most: 1_000_000),
        TimeSpan.FromSeconds(ini.Number(Section, "wait-timeout", usual: 5, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(Section, "conversation-timeout", usual: 15, least: 1, most: 25)),
        TimeSpan.FromSeconds(ini.Number(Section, "idle-timeout", usual: 60, least: 1, most: 86400)),
        TimeSpan.FromSeconds(ini.Number(Section, "longest-delay", usual: 4, least: 0, most: 25)));
}
