using Authd.Tests.Support;

namespace Authd.Tests.Integration.SystemAccounts;

/// <summary>A site whose accounts are system users of its own: one module, one worker, scratch user files.</summary>
internal sealed class SystemSite : IDisposable
{
    /// <summary>The hash of <c>password</c>.</summary>
    internal const string Hash = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";

    /// <summary>Another one.</summary>
    internal const string OtherHash = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";

    private readonly string _module;

    private SystemSite(string module, CourierSite site, PrivateEtc etc)
    {
        _module = module;
        Site = site;
        Etc = etc;
    }

    internal CourierSite Site { get; }

    internal PrivateEtc Etc { get; }

    /// <summary>Makes a site.</summary>
    /// <param name="module">authmodulelist.</param>
    /// <param name="passwd">The user file; wire text, like the others.</param>
    /// <param name="shadow">The passwords.</param>
    /// <param name="services">The services for both in nsswitch.conf.</param>
    /// <param name="ini">authdaemond.ini.</param>
    internal static async Task<SystemSite> NewAsync(
        string module, string passwd, string shadow = "", string services = "files", string ini = "")
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc(module, 1, "DEBUG_LOGIN=1");
        site.Write("authdaemond.ini", ini);
        PrivateEtc etc = await PrivateEtc.NewAsync(site);
        etc.Write("passwd", passwd);
        etc.Write("shadow", shadow);
        etc.Write("nsswitch.conf", $"passwd: {services}\nshadow: {services}\n");
        return new SystemSite(module.Split(' ')[^1], site, etc);
    }

    public void Dispose() => Site.Dispose();

    /// <summary>Starts the daemon and waits until the lines of its start are in the log.</summary>
    internal async Task<OurDaemon> StartAsync()
    {
        OurDaemon daemon = await OurDaemon.StartAsync(Site);
        await daemon.LogHasAsync($"Installation complete: {_module}");
        return daemon;
    }

    internal static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    /// <summary>Sends a request, and returns the lines that it left in the log.</summary>
    internal static async Task<IReadOnlyList<string>> LogOfAsync(OurDaemon daemon, string request)
    {
        int before = daemon.LogLines.Count;
        await AskAsync(daemon, request);

        // The line of an unmistakable second request comes after all lines of the first.
        string mark = Guid.NewGuid().ToString();
        await AskAsync(daemon, Requests.Lookup(mark));
        await Eventually.IsTrueAsync(
            () => daemon.LogLines
                .SkipWhile(line => !line.Contains(mark, StringComparison.Ordinal))
                .Contains("DEBUG: FAIL, all modules rejected"),
            "the last line of the request that marks the end");
        return [.. daemon.LogLines.Skip(before).TakeWhile(line => !line.Contains(mark, StringComparison.Ordinal))];
    }
}
