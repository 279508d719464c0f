using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>Names the limit behind a lack of descriptors, processes or memory, and how to raise it.</summary>
public static class ResourceLimit
{
    private static readonly CgroupFile MostProcesses = new("pids", "pids.max", "pids.max");
    private static readonly CgroupFile MostMemory = new("memory", "memory.max", "memory.limit_in_bytes");
    private static readonly CgroupFile MemoryEvents = new("memory", "memory.events", "memory.oom_control");

    private static string? _lastMemoryKills;
    private static long _lastMemoryKill;

    /// <summary>A file of the control group's directory: its controller, and its name in version 2 and in version 1.</summary>
    private readonly record struct CgroupFile(string Controller, string Name, string OldName);

    /// <summary>The limit behind a failure, with the cure; <c>null</c>: the failure has another cause.</summary>
    public static string? Behind(Exception failure) => failure switch
    {
        IOException when Errno(failure) is var errno && (errno == LibC.EMFILE || errno == LibC.ENFILE) => OpenFiles(),
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } => OpenFiles(),
        LibcException { Errno: var errno } when errno == LibC.EAGAIN => Processes(),
        IOException when Errno(failure) == LibC.ENOMEM => Memory(),
        // .NET throws the same exception when the system has no thread to give.
        OutOfMemoryException => Tight(tight: true) ?? Tight(tight: false) ?? "the system has no more memory or threads to give",
        { InnerException: { } inner } => Behind(inner),
        _ => null,
    };

    /// <summary>The failure's message, followed by the limit and the cure if a limit caused it.</summary>
    public static string Explain(Exception failure) =>
        Behind(failure) is { } limit ? $"{failure.GetBaseException().Message} ({limit})" : FileTrouble.Text(failure);

    /// <summary>The errno of a failure, ours or .NET's, which keeps it as the HResult of its own exceptions of files.</summary>
    private static int Errno(Exception failure) => failure is LibcException ours ? ours.Errno : failure.HResult;

    /// <summary>
    /// The limits that hardly leave room for a process of ours, to
    /// explain one that ended silently; <c>null</c>: no limit is close.
    /// </summary>
    public static string? Tight() => Tight(tight: true);

    private static string? Tight(bool tight)
    {
        ulong most = tight ? 200 : ulong.MaxValue;
        ulong mostBytes = tight ? 2_000_000_000 : ulong.MaxValue;
        string[] limits =
        [
            .. Value(Libc.RLIMIT_NOFILE) < 32 ? [OpenFiles()] : Array.Empty<string>(),
            .. Value(Libc.RLIMIT_NPROC) < most || CgroupNumber(MostProcesses) < most ? [Processes()] : Array.Empty<string>(),
            .. Value(Libc.RLIMIT_AS) < mostBytes || CgroupNumber(MostMemory) < mostBytes ? [Memory()] : Array.Empty<string>(),
        ];
        return limits.Length > 0 ? string.Join("; ", limits) : null;
    }

    /// <summary>The limit because of which the kernel has killed processes of this service within the last second, or since the
    /// last call; <c>null</c>: it has not.</summary>
    public static string? RecentMemoryKill()
    {
        // "oom_kill N" among others.
        string? kills = CgroupValue(MemoryEvents)?.Split('\n').FirstOrDefault(
            static line => line.StartsWith("oom_kill ", StringComparison.Ordinal));
        if (kills is not null && _lastMemoryKills is not null && kills != _lastMemoryKills)
        {
            _lastMemoryKill = Stopwatch.GetTimestamp();
        }

        _lastMemoryKills = kills;

        // The ends of processes that the kernel killed together are seen one after the other.
        return _lastMemoryKill != 0 && Stopwatch.GetElapsedTime(_lastMemoryKill) < TimeSpan.FromSeconds(1)
            ? $"memory ran out: {Memory()}" : null;
    }

    /// <summary>The bytes that this service may have: the limit of its control group, or the machine's memory.</summary>
    public static long MostMemoryOfService() =>
        (long)Math.Min(CgroupNumber(MostMemory), (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    private static ulong Value(int resource) => Libc.getrlimit(resource, out Libc.Rlimit limit) == 0 ? limit.Soft : ulong.MaxValue;

    private static string OpenFiles() =>
        Named(("open files", Soft(Libc.RLIMIT_NOFILE)), ("", null)) + ": raise LimitNOFILE= of the service or `ulimit -n`";

    private static string Processes() =>
        Named(
            ("processes and threads of this user", Soft(Libc.RLIMIT_NPROC)), ("those of the service", CgroupValue(MostProcesses)))
        + ": raise LimitNPROC= or TasksMax= of the service or `ulimit -u`, or lower daemons= in authdaemonrc";

    private static string Memory() =>
        Named(("the address space", Soft(Libc.RLIMIT_AS)), ("the memory of the service", CgroupValue(MostMemory)))
        + ": raise LimitAS= or MemoryMax= of the service or `ulimit -v`, or lower daemons= in authdaemonrc";

    /// <summary>The limits that are set.</summary>
    private static string Named((string What, string? Most) own, (string What, string? Most) group)
    {
        string[] set = [.. new[] { own, group }.Where(static l => l.Most is not null).Select(static l => $"of {l.What} is {l.Most}")];
        return set.Length > 0 ? $"the limit {string.Join(", ", set)}" : $"the limit of {own.What} is the system's";
    }

    private static string? Soft(int resource) =>
        Value(resource) is var limit && limit == ulong.MaxValue ? null : limit.ToString(CultureInfo.InvariantCulture);

    private static ulong CgroupNumber(CgroupFile file) =>
        ulong.TryParse(CgroupValue(file), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : ulong.MaxValue;

    /// <summary>A limit of this process's control group; <c>null</c> when it is unlimited, or nothing to read it with.</summary>
    private static string? CgroupValue(CgroupFile file)
    {
        try
        {
            string[] groups = File.ReadAllLines("/proc/self/cgroup");
            string value = ValueIn(groups, "::", "/sys/fs/cgroup", file.Name)
                ?? ValueIn(groups, $":{file.Controller}:", $"/sys/fs/cgroup/{file.Controller}", file.OldName)
                ?? "max";

            // Version 1 writes the largest number of whole pages.
            return value is "max" or "9223372036854771712" ? null : value;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The value in the group whose line has <paramref name="mark"/>,
    /// e.g. <c>0::/system.slice/x.service</c> or <c>4:memory:/x</c>.</summary>
    private static string? ValueIn(string[] groups, string mark, string root, string name)
    {
        string? line = groups.FirstOrDefault(line => line.Contains(mark, StringComparison.Ordinal));
        string? path = line is null ? null : $"{root}{line[(line.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..]}/{name}";
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }
}
