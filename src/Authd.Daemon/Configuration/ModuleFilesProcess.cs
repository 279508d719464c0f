using System.Text;
using Authd.Core.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Configuration;

/// <summary>Checks the modules' files in a process of its own. Both ends are here: the caller and the process.</summary>
public static class ModuleFilesProcess
{
    /// <summary>argv[1] of the process; the configuration directory follows, and <see cref="Connect"/> if it is to try servers.</summary>
    public const string Argument = "--check-module-files";

    /// <summary>Servers are tried as well.</summary>
    public const string Connect = "--connect";

    /// <summary>The findings about the modules' files, as workers with this configuration would see them.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="connects">Also tries the servers that the files name.</param>
    /// <exception cref="IOException">The process cannot be started.</exception>
    public static IReadOnlyList<Finding> Ask(LoadedConfiguration configuration, bool connects = false)
    {
        (int read, int write) = Descriptors.Pipe();
        using StreamReader answer = new(new FileStream(new SafeFileHandle(read, ownsHandle: true), FileAccess.Read), Encoding.UTF8);
        int pid;
        try
        {
            pid = MemoryShortage.StartBeforeThis(new ChildProgram(
                "/proc/self/exe",
                ["authdaemond", Argument, configuration.Location.Directory, .. connects ? new[] { Connect } : []],
                WireEnvironment.With(configuration.Environment),
                [])
            { Output = write });
        }
        finally
        {
            Descriptors.Close(write);
        }

        List<Finding> findings = [];
        while (answer.ReadLine() is { } line)
        {
            if (Finding.Parse(line) is { } finding)
            {
                findings.Add(finding);
            }
        }

        if (ChildProcess.Wait(pid) is { Status: not 0 } ended)
        {
            findings.Add(new Finding(
                false,
                $"{configuration.Location.Directory}: the check of the modules' files has ended early ({ended}); "
                + (ResourceLimit.Tight() ?? "please report it")));
        }

        return findings;
    }

    /// <summary>The finding when the system lacks what the check needs.</summary>
    public static Finding NotChecked(ConfigLocation location, Exception failure) =>
        new(false, $"{location.Directory}: the modules' files could not be checked: {ResourceLimit.Explain(failure)}");

    /// <summary>The process: writes one line for each finding.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(ConfigLocation location, bool connects)
    {
        // Console wants memory for a terminal.
        using StreamWriter answer = new(DescriptorStream.Output) { AutoFlush = true };
        try
        {
            foreach (Finding finding in ModuleFiles.Check(LoadedConfiguration.Load(location), connects))
            {
                answer.WriteLine(finding);
            }
        }
        catch (Exception e) when (ResourceLimit.Behind(e) is not null)
        {
            answer.WriteLine(NotChecked(location, e));
        }

        return 0;
    }
}
