using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>The parts of the process's state that foreign code in it must not change.</summary>
/// <param name="Uids">Real, effective and saved uid.</param>
/// <param name="Gids">Real, effective and saved gid.</param>
/// <param name="WorkingDirectory">The current directory.</param>
/// <param name="FileMask">umask.</param>
/// <param name="OpenDescriptors">The number of open descriptors.</param>
public sealed record ProcessState(
    (uint Real, uint Effective, uint Saved) Uids,
    (uint Real, uint Effective, uint Saved) Gids,
    string WorkingDirectory,
    uint FileMask,
    int OpenDescriptors)
{
    /// <summary>The state now.</summary>
    /// <exception cref="IOException">/proc cannot be read, or the current directory is gone.</exception>
    public static unsafe ProcessState Now()
    {
        uid_t uid, effectiveUid, savedUid;
        _ = LibC.getresuid(&uid, &effectiveUid, &savedUid);
        gid_t gid, effectiveGid, savedGid;
        _ = LibC.getresgid(&gid, &effectiveGid, &savedGid);
        mode_t mask = LibC.umask(0);
        _ = LibC.umask(mask);
        return new ProcessState(
            ((uint)uid, (uint)effectiveUid, (uint)savedUid),
            ((uint)gid, (uint)effectiveGid, (uint)savedGid),
            Environment.CurrentDirectory,
            (uint)mask,
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
    }

    /// <summary>The differences of <paramref name="now"/>, in words; empty without any.</summary>
    /// <param name="now">The state later.</param>
    /// <param name="spareDescriptors">The number of further descriptors to ignore (a socket to syslog, a cache).</param>
    public string ChangesTo(ProcessState now, int spareDescriptors) => string.Join(", ", new[]
    {
        now.Uids == Uids ? null : $"uid {Uids} to {now.Uids}",
        now.Gids == Gids ? null : $"gid {Gids} to {now.Gids}",
        now.WorkingDirectory == WorkingDirectory ? null : $"working directory {WorkingDirectory} to {now.WorkingDirectory}",
        now.FileMask == FileMask ? null : $"umask {Octal(FileMask)} to {Octal(now.FileMask)}",
        now.OpenDescriptors <= OpenDescriptors + spareDescriptors
            ? null : $"open descriptors {OpenDescriptors} to {now.OpenDescriptors}",
    }.OfType<string>());

    private static string Octal(uint mask) => $"0{Convert.ToString(mask, 8)}";
}
