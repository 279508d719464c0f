using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Linux.Files;
using Authd.Modules;

namespace Authd.Daemon.Commands;

/// <summary>Everything that `authdaemond check` reports about the configuration without serving it: authdaemonrc,
/// authdaemond.ini, the state directory, the module list and the files of the modules.</summary>
public static class ConfigurationCheck
{
    /// <summary>The findings; errors and warnings of one file are together.</summary>
    /// <param name="location">Where the files are.</param>
    /// <param name="connects">Also tries the servers that the modules' files name.</param>
    public static IReadOnlyList<Finding> Of(ConfigLocation location, bool connects = false)
    {
        LoadedConfiguration configuration;
        try
        {
            configuration = LoadedConfiguration.Load(location);
        }
        catch (ConfigurationException wrong)
        {
            return [.. wrong.Problems.Select(static problem => new Finding(true, problem))];
        }

        return
        [
            .. configuration.Findings,
            .. OfLoggerOptions(configuration),
            .. OfStateDirectory(configuration),
            .. OfModuleList(configuration),
            .. ModuleFilesProcess.Ask(configuration, connects),
            .. OfWorkers(configuration),
            .. ConfigurationWriters.FindingsOf(configuration),
        ];
    }

    private static IEnumerable<Finding> OfLoggerOptions(LoadedConfiguration configuration) =>
        LoggerOptions.Parse(configuration.Settings.LoggerOptions).Problem is { } problem
            ? [new Finding(false, $"{configuration.Location.AuthdaemonrcPath}: {problem}")]
            : [];

    private static IEnumerable<Finding> OfStateDirectory(LoadedConfiguration configuration)
    {
        string directory = configuration.StateDirectory;
        string setting = configuration.Settings.StateDirectory is null ? "" : "authdaemonvar: ";
        string place = $"{configuration.Location.AuthdaemonrcPath}: {setting}{directory}";
        if (FileTrouble.OfSocketPath(Path.Combine(directory, "socket.tmp")) is { } tooLong)
        {
            yield return new Finding(true, $"{configuration.Location.AuthdaemonrcPath}: {setting}{tooLong}");
        }

        if (!Directory.Exists(directory))
        {
            yield return new Finding(true, $"{place} does not exist, and the socket has to lie there; create it for the mail system's user, "
                + $"e.g. install -d -o courier -g courier -m 750 {directory}");
        }
        else if ((File.GetUnixFileMode(directory) & UnixFileMode.OtherWrite) != 0)
        {
            yield return new Finding(false, $"{place} can be written by everybody, who can then put a socket in place of the daemon's; "
                + $"chmod o-w {directory}");
        }
    }

    /// <summary>The module that keeps the workers root, which only root can find out.</summary>
    private static IEnumerable<Finding> OfWorkers(LoadedConfiguration configuration) =>
        configuration.Privileges.Remark is { } remark ? [new Finding(false, remark)] : [];

    private static IEnumerable<Finding> OfModuleList(LoadedConfiguration configuration) =>
        from name in configuration.Settings.ModuleNames.Distinct()
        let reason = ModuleRegistry.UnavailableReason(name)
        where reason is not null && ModuleRegistry.Find(name) is not null
        select new Finding(false, $"{configuration.Location.AuthdaemonrcPath}: authmodulelist: '{name}' is skipped: {reason}");
}
