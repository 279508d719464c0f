using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>A compared daemon, which can be started on a site.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="StartAsync">Starts it in the foreground and returns when it accepts connections.</param>
/// <param name="ShellCommand">The command by which sh becomes the daemon, as its start script or unit does.</param>
/// <param name="Tool">The command by which sh becomes a program beside the daemon, by its name.</param>
internal sealed record Contender(
    string Name, Func<Testbed, Backend, Task<IAuthDaemon>> StartAsync, string ShellCommand, Func<string, string> Tool)
{
    /// <summary>Debian's authdaemond.</summary>
    internal static Contender C { get; } = new(
        "C",
        async (testbed, backend) => await CDaemon.StartAsync(testbed.Site(backend)),
        $"set -a; . {CourierSite.ConfigPath}/authdaemonrc; exec {CDaemon.Program}",
        static tool => $"exec /usr/sbin/{tool}");

    /// <summary>This repository's authdaemond.</summary>
    internal static Contender Ours { get; } = new(
        "ours",
        async (testbed, backend) => await OurDaemon.StartAsync(testbed.Site(backend)),
        $"exec '{OurDaemon.Binary}'",
        static tool => $"exec '{OurDaemon.Binary}' {tool}");

    /// <summary>Dovecot's auth, for lookups in PostgreSQL; it has no other part of the job here.</summary>
    internal static Contender Dovecot { get; } = new(
        "Dovecot",
        async (testbed, backend) => await DovecotAuth.StartAsync(testbed.Site(backend), testbed.Words(backend), caches: backend == Backend.PgsqlCached),
        "exit 1",
        static _ => "exit 1");
}
