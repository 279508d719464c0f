// What the daemon says about itself when it starts or reloads: courier-authlib's lines, and its warnings in plain words.
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Modules;

namespace Authd.Daemon.Supervisor;

/// <summary>The lines of a start or a reload (courier-authlib's debugging guide shows them; people look for them).</summary>
internal static class StartReport
{
    /// <summary>A file that is something else has a warning for each of its thousands of lines.</summary>
    private const int MostWarnings = 50;

    internal static void Write(LoadedConfiguration configuration, Log log)
    {
        string file = configuration.Location.AuthdaemonrcPath;
        log.Info($"modules=\"{configuration.Settings.ModuleList ?? "(none)"}\", daemons={configuration.Settings.Daemons}");
        foreach (string error in configuration.Settings.Errors)
        {
            log.Err(error);
        }

        foreach (string warning in configuration.Warnings.Take(MostWarnings))
        {
            log.Warn(warning);
        }

        if (configuration.Warnings.Count > MostWarnings)
        {
            log.Warn($"{configuration.Warnings.Count - MostWarnings} more warnings: `authdaemond check` shows all of them");
        }

        foreach (string name in configuration.Settings.ModuleNames)
        {
            log.Info($"Installing lib{name}");
            if (ModuleRegistry.Obstacle(name) is not { } obstacle)
            {
                log.Info($"Installation complete: {name}");
                continue;
            }

            log.Info("file not found");
            log.Warn($"{file}: authmodulelist: '{name}' is skipped: {obstacle}");
        }
    }
}
