// The files of the listed modules, read and judged before the first request.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Authd.Linux.Files;
using Authd.Modules;

namespace Authd.Daemon.Configuration;

/// <summary>
/// Reads the modules' files as the modules do, without connecting to anything. It runs in a process of its own
/// (<see cref="ModuleFilesProcess"/>), so that it has the workers' environment and the supervisor loads no libraries.
/// </summary>
public sealed class ModuleFiles
{
    private readonly LoadedConfiguration _configuration;
    private readonly ModuleServices _services;
    private readonly bool _connects;
    private readonly List<Finding> _findings = [];

    private ModuleFiles(LoadedConfiguration configuration, bool connects, BlockingWork blocking)
    {
        (_configuration, _connects) = (configuration, connects);
        Log log = new(Note, debugLevel: 0);
        DaemonIni ini = DaemonIni.Parse(configuration.Location.IniPath, configuration.IniText);
        SystemCrypt crypt = new();
        _services = new ModuleServices(
            configuration.Location.Directory,
            log,
            blocking,
            new PasswordChecker(crypt, blocking, log, PasswordPolicy.From(ini, crypt)),
            ini)
        {
            StateDirectory = configuration.StateDirectory,
        };
    }

    /// <summary>The findings about the listed modules' files, in the order of authmodulelist.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="connects">Also tries the servers that the files name.</param>
    public static IReadOnlyList<Finding> Check(LoadedConfiguration configuration, bool connects = false)
    {
        using BlockingWork blocking = new(1);
        ModuleFiles files = new(configuration, connects, blocking);
        foreach (string name in configuration.Settings.ModuleNames.Distinct())
        {
            if (ModuleRegistry.UnavailableReason(name) is null && ModuleRegistry.Find(name) is { } module)
            {
                files.Check(module);
            }
        }

        return files._findings;
    }

    private void Note(LogLevel level, string text)
    {
        if (level <= LogLevel.Warn)
        {
            _findings.Add(new Finding(level < LogLevel.Warn, text));
        }
    }

    private void Check(ModuleDescriptor module)
    {
        if (module is { RcFile: { } rcFile, LoadRcFile: { } load })
        {
            CheckRcFile(module.Name, _services.RcPath(rcFile), load);
        }

        ModuleCheck check = new(
            _configuration.Settings.ModuleNames, _configuration.Rc, _configuration.Location.Directory);
        foreach (string doubt in module.FindDoubts?.Invoke(check) ?? [])
        {
            _findings.Add(new Finding(false, doubt));
        }
    }

    private void CheckRcFile(string module, string path, Func<RcFile, ModuleServices, IAsyncDisposable> load)
    {
        if (!File.Exists(path))
        {
            _findings.Add(new Finding(
                false, $"{path}: not there, so that {module} is passed over; write it, or take {module} out of authmodulelist"));
            return;
        }

        if ((File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
        {
            _findings.Add(new Finding(false, $"{path}: everybody can read the password in it; chmod o-r {path}"));
        }

        RcFile? file = null;
        List<Finding> trial = [];
        try
        {
            file = RcFile.Parse(path, SettingsFile.TryRead(path, LoadedConfiguration.MaxFileBytes) ?? []);
            UseAsync(load(file, _services), trial).GetAwaiter().GetResult();
        }
        catch (ConfigurationException wrong)
        {
            _findings.AddRange(wrong.Problems.Select(static problem => new Finding(true, problem)));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            _findings.Add(new Finding(true, $"{path}: cannot be read: {FileTrouble.Text(unreadable)}"));
        }

        if (file?.MarkerDoubt is { } doubt)
        {
            _findings.Add(new Finding(false, doubt));
        }

        _findings.AddRange((file?.Warnings ?? []).Select(static warning => new Finding(false, warning)));
        _findings.AddRange(trial);
    }

    private async Task UseAsync(IAsyncDisposable loaded, List<Finding> trial)
    {
        await using (loaded)
        {
            if (_connects && loaded is ITriable triable)
            {
                await foreach (Finding finding in triable.TryAsync())
                {
                    trial.Add(finding);
                }
            }
        }
    }
}
