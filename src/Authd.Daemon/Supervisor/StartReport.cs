// The daemon's lines at a start or reload: courier-authlib's own, and warnings in plain words.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Modules;

namespace Authd.Daemon.Supervisor;

/// <summary>The lines of a start or a reload. courier-authlib's debugging
/// guide shows them, so administrators look for them.</summary>
internal static class StartReport
{
    /// <summary>The limit of warnings; a file of another kind has one for each of its thousands of lines.</summary>
    private const int MostWarnings = 50;

    internal static void Write(LoadedConfiguration configuration, Log log)
    {
        string file = configuration.Location.AuthdaemonrcPath;
        log.Info($"modules=\"{configuration.Settings.ModuleList ?? "(none)"}\", daemons={configuration.Settings.Daemons}");
        WriteFindings(configuration.Findings, log);

        if (configuration.Privileges.Remark is { } remark)
        {
            log.Warn(remark);
        }

        WriteFindings([.. ConfigurationWriters.FindingsOf(configuration)], log);

        foreach (string name in configuration.Settings.ModuleNames)
        {
            log.Info($"Installing lib{name}");
            if (ModuleRegistry.UnavailableReason(name) is not { } obstacle)
            {
                log.Info($"Installation complete: {name}");
                continue;
            }

            log.Info("file not found");
            if (ModuleRegistry.Find(name) is not null)
            {
                log.Warn($"{file}: authmodulelist: '{name}' is skipped: {obstacle}");
            }
        }
    }

    internal static void WriteFindings(IReadOnlyList<Finding> findings, Log log)
    {
        foreach (Finding finding in findings.OrderByDescending(static finding => finding.IsError).Take(MostWarnings))
        {
            if (finding.IsError)
            {
                log.Err(finding.Text);
            }
            else
            {
                log.Warn(finding.Text);
            }
        }

        if (findings.Count > MostWarnings)
        {
            log.Warn($"{findings.Count - MostWarnings} more warnings: `authdaemond check` shows all of them");
        }
    }
}
