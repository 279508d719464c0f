// A control group whose processes share a limit of memory.
using System.Globalization;

namespace Authd.Tests.Support;

/// <summary>A group of a test's own, gone with it. Needs root, and a system that lets root make one (<see cref="IsPossible"/>).</summary>
public sealed class MemoryGroup : IDisposable
{
    private const string Mount = "/sys/fs/cgroup";

    private static readonly (string Directory, string Limit)? Kind = FindKind();

    private readonly string _directory;
    private readonly string _limit;

    /// <summary>Makes a group.</summary>
    /// <param name="bytes">Its limit.</param>
    public MemoryGroup(long bytes)
    {
        (string parent, string limit) = Kind ?? throw new InvalidOperationException("no control groups here");
        _directory = Path.Combine(parent, "authd-test-" + Path.GetRandomFileName());
        _limit = Path.Combine(_directory, limit);
        Directory.CreateDirectory(_directory);
        Limit(bytes);
    }

    /// <summary>Whether root may make groups with a limit of memory.</summary>
    public static bool IsPossible => Kind is not null;

    /// <summary>A command that runs the one that follows it in the group.</summary>
    public string[] Command => ["sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"", _directory];

    /// <summary>Sets another limit.</summary>
    public void Limit(long bytes) => File.WriteAllText(_limit, bytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>Its processes must have ended.</summary>
    public void Dispose() => Directory.Delete(_directory);

    private static (string Directory, string Limit)? FindKind()
    {
        // Version 1 has a tree for each resource; in version 2 the groups below the root count memory if the root says so.
        string old = Path.Combine(Mount, "memory");
        string passedOn = Path.Combine(Mount, "cgroup.subtree_control");
        (string Directory, string Limit)? kind =
            File.Exists(Path.Combine(old, "memory.limit_in_bytes")) ? (old, "memory.limit_in_bytes")
            : File.Exists(passedOn) && File.ReadAllText(passedOn).Split([' ', '\n']).Contains("memory") ? (Mount, "memory.max")
            : null;
        return kind is { Directory: var parent } && MayMakeDirectory(parent) ? kind : null;
    }

    private static bool MayMakeDirectory(string parent)
    {
        string probe = Path.Combine(parent, "authd-test-" + Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(probe);
            Directory.Delete(probe);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
