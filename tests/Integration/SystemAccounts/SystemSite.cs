// A site whose accounts are system users of its own.
using Authd.Tests.Support;

namespace Authd.Tests.Integration.SystemAccounts;

/// <summary>One module, one worker, scratch user files.</summary>
internal sealed class SystemSite : IDisposable
{
    /// <summary>The hash of <c>password</c>.</summary>
    internal const string Hash = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";

    /// <summary>Another one.</summary>
    internal const string OtherHash = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";

    private readonly string _lastModule;

    internal SystemSite(string module, string passwd, string shadow = "", string services = "files", string ini = "")
    {
        _lastModule = module.Split(' ')[^1];
        Site.WriteAuthdaemonrc(module, 1, "DEBUG_LOGIN=1");
        Site.Write("authdaemond.ini", ini);
        Files = new SystemFiles(Site.Scratch, passwd, shadow, services);
    }

    internal CourierSite Site { get; } = new();

    internal SystemFiles Files { get; }

    public void Dispose() => Site.Dispose();

    internal async Task<OurDaemon> StartAsync()
    {
        OurDaemon daemon = await OurDaemon.StartAsync(Site, null, Files.Under);
        // What it says of its start must not come among the lines of the first request.
        await daemon.LogHasAsync($"Installation complete: {_lastModule}");
        return daemon;
    }

    internal static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    /// <summary>Asks, and says which lines the request left in the log.</summary>
    internal static async Task<IReadOnlyList<string>> LogOfAsync(OurDaemon daemon, string request)
    {
        int before = daemon.LogLines.Count;
        await AskAsync(daemon, request);

        // The line of a request that is no other's comes after all lines of this one.
        string mark = Guid.NewGuid().ToString();
        await AskAsync(daemon, Requests.Lookup(mark));
        await daemon.LogHasAsync($"received userid lookup request: {mark}");
        return [.. daemon.LogLines.Skip(before).TakeWhile(line => !line.Contains(mark, StringComparison.Ordinal))];
    }
}
