// The two programs that are compared.
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>A daemon that can be started on a site.</summary>
/// <param name="Name">As in tables.</param>
/// <param name="StartAsync">Starts it in the foreground and returns when it accepts connections.</param>
/// <param name="ShellCommand">What sh executes to become the daemon, as its start script or unit does.</param>
/// <param name="Tool">What sh executes to become a program beside the daemon, by its name.</param>
internal sealed record Contender(
    string Name, Func<CourierSite, Task<IAuthDaemon>> StartAsync, string ShellCommand, Func<string, string> Tool)
{
    /// <summary>Debian's authdaemond.</summary>
    internal static Contender C { get; } = new(
        "C",
        async site => await CDaemon.StartAsync(site),
        $"set -a; . {CourierSite.ConfigPath}/authdaemonrc; exec {CDaemon.Program}",
        static tool => $"exec /usr/sbin/{tool}");

    /// <summary>This repository's.</summary>
    internal static Contender Ours { get; } = new(
        "ours",
        async site => await OurDaemon.StartAsync(site),
        $"exec '{OurDaemon.Binary}'",
        static tool => $"exec '{OurDaemon.Binary}' {tool}");

    /// <summary>The order of a round.</summary>
    internal static IReadOnlyList<Contender> Both { get; } = [C, Ours];
}
