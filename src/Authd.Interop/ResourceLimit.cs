// Says which limit is in the way when the system gives no more descriptors, processes or memory, and how to raise it.
using System.Globalization;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>The limits of this process, in the words of those who set them.</summary>
public static class ResourceLimit
{
    private static string? _lastMemoryKill;

    /// <summary>The limit behind a failure, with the cure; <c>null</c> when it is nothing that runs out.</summary>
    public static string? Behind(Exception failure) => failure switch
    {
        LibcException { Errno: var errno } when errno == LibC.EMFILE || errno == LibC.ENFILE => OpenFiles(),
        LibcException { Errno: var errno } when errno == LibC.EAGAIN => Processes(),
        LibcException { Errno: var errno } when errno == LibC.ENOMEM => Memory(),
        // .NET says the same when there is no thread to be had.
        OutOfMemoryException => Tight(tight: false) ?? "the system has no more memory or threads to give",
        { InnerException: { } inner } => Behind(inner),
        _ => null,
    };

    /// <summary>The failure's message, and the limit and the cure when there is one.</summary>
    public static string Explain(Exception failure) =>
        Behind(failure) is { } limit ? $"{failure.GetBaseException().Message} ({limit})" : failure.Message;

    /// <summary>
    /// Limits that leave hardly room for a process of ours to start, for one that ended without a word; <c>null</c>: none is.
    /// </summary>
    public static string? Tight() => Tight(tight: true);

    private static string? Tight(bool tight)
    {
        ulong most = tight ? 200 : ulong.MaxValue;
        ulong mostBytes = tight ? 2_000_000_000 : ulong.MaxValue;
        string[] limits =
        [
            .. Value(Libc.RLIMIT_NOFILE) < 32 ? [OpenFiles()] : Array.Empty<string>(),
            .. Value(Libc.RLIMIT_NPROC) < most || CgroupNumber("pids.max") < most ? [Processes()] : Array.Empty<string>(),
            .. Value(Libc.RLIMIT_AS) < mostBytes || CgroupNumber("memory.max") < mostBytes ? [Memory()] : Array.Empty<string>(),
        ];
        return limits.Length > 0 ? string.Join("; ", limits) : null;
    }

    /// <summary>Whether the kernel has killed a process of this service for want of memory since the last call, and the limit
    /// then; <c>null</c>: it has not.</summary>
    public static string? NewMemoryKill()
    {
        // "oom_kill N" in memory.events.
        string? line = CgroupValue("memory.events")?.Split('\n').FirstOrDefault(
            static l => l.StartsWith("oom_kill ", StringComparison.Ordinal));
        bool isNew = line is not null && _lastMemoryKill is not null && line != _lastMemoryKill;
        _lastMemoryKill = line;
        return isNew ? $"memory ran out: {Memory()}" : null;
    }

    private static ulong Value(int resource) => Libc.getrlimit(resource, out Libc.Rlimit limit) == 0 ? limit.Soft : ulong.MaxValue;

    private static string OpenFiles() =>
        $"the limit of open files is {Soft(Libc.RLIMIT_NOFILE)}: raise LimitNOFILE= of the service or `ulimit -n`";

    private static string Processes()
    {
        string group = CgroupValue("pids.max") is { } most ? $", of the service {most}" : "";
        return $"the limit of processes and threads of this user is {Soft(Libc.RLIMIT_NPROC)}{group}: "
            + "raise LimitNPROC= or TasksMax= of the service or `ulimit -u`, or lower daemons= in authdaemonrc";
    }

    private static string Memory()
    {
        string group = CgroupValue("memory.max") is { } most ? $", of the memory of the service {most}" : "";
        return $"the limit of the address space is {Soft(Libc.RLIMIT_AS)}{group}: "
            + "raise LimitAS= or MemoryMax= of the service or `ulimit -v`, or lower daemons= in authdaemonrc";
    }

    private static string Soft(int resource) =>
        Value(resource) is var limit && limit == ulong.MaxValue ? "none" : limit.ToString(CultureInfo.InvariantCulture);

    private static ulong CgroupNumber(string file) =>
        ulong.TryParse(CgroupValue(file), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : ulong.MaxValue;

    /// <summary>A limit of this process's control group (version 2); <c>null</c> when there is none, or nothing to read it
    /// with.</summary>
    private static string? CgroupValue(string file)
    {
        try
        {
            string? line = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static l => l.StartsWith("0::", StringComparison.Ordinal));
            string value = line is null ? "max" : File.ReadAllText($"/sys/fs/cgroup{line[3..]}/{file}").Trim();
            return value == "max" ? null : value;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
