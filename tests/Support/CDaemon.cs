namespace Authd.Tests.Support;

/// <summary>Debian's authdaemond in the foreground, started as by its start script but without courierlogger.</summary>
public sealed class CDaemon : DaemonProcess
{
    /// <summary>The program that Debian's start script hands to courierlogger.</summary>
    public const string Program = "/usr/lib/courier/courier-authlib/authdaemond";

    private CDaemon(CourierSite site, string state)
        : base(site, state, ["sh", "-c", $"set -a; . {CourierSite.ConfigPath}/authdaemonrc; exec {Program}"])
    {
    }

    /// <inheritdoc/>
    public override string Name => "C";

    /// <summary>Starts the daemon on a site, in a state directory of its own, and waits until it accepts.</summary>
    public static async Task<CDaemon> StartAsync(CourierSite site)
    {
        CDaemon daemon = new(site, await site.NewStateAsync());
        await daemon.ReadyAsync();
        return daemon;
    }
}
