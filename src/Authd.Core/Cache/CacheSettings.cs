using Authd.Core.Configuration;

namespace Authd.Core.Cache;

/// <summary>Section [cache] of authdaemond.ini: the number of cached answers of servers, and their lifetime.</summary>
public sealed record CacheSettings
{
    private const string Section = "cache";
    private const string ModulesKey = "modules";
    private const string UsualModules = "authpgsql authmysql authldap authpipe";
    private const int Day = 86_400;

    /// <summary>The modules that implement <see cref="ICacheableModule"/>.</summary>
    private static readonly string[] CacheableModules = ["authpgsql", "authmysql", "authldap", "authpipe", "authsqlite"];

    /// <summary><c>size</c>: the bytes of the cache of all workers; 0: no cache.</summary>
    public long Size { get; init; }

    /// <summary><c>ttl</c>: the time for which an answer is used without asking the server.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>negative-ttl</c>: the same for unknown users.</summary>
    public TimeSpan NegativeTimeToLive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>stale</c>: the time for which an answer beyond its ttl is used during an outage of the server.</summary>
    public TimeSpan Stale { get; init; } = TimeSpan.FromHours(4);

    /// <summary><c>logins</c>: verified logins are cached as well, not only lookups.</summary>
    public bool Logins { get; init; } = true;

    /// <summary><c>modules</c>: the modules whose answers are cached.</summary>
    public IReadOnlyList<string> Modules { get; init; } = UsualModules.Split(' ');

    /// <summary>The cache is in use.</summary>
    public bool IsOn => Size > 0;

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key.</exception>
    public static CacheSettings Read(DaemonIni ini)
    {
        IReadOnlyList<string> modules = ini.Words(Section, ModulesKey, UsualModules);
        if (modules.Except(CacheableModules).Any())
        {
            throw ini.Bad(Section, ModulesKey, $"some of {string.Join(' ', CacheableModules)}");
        }

        return new CacheSettings
        {
            Size = ini.Bytes(Section, "size", usual: 0, least: 64 * 1024, most: 1L << 30),
            TimeToLive = TimeSpan.FromSeconds(ini.Number(Section, "ttl", 60, 1, Day)),
            NegativeTimeToLive = TimeSpan.FromSeconds(ini.Number(Section, "negative-ttl", 10, 0, Day)),
            Stale = TimeSpan.FromSeconds(ini.Number(Section, "stale", 4 * 3600, 0, 7 * Day)),
            Logins = ini.YesNo(Section, "logins", usual: true),
            Modules = modules,
        };
    }
}
