// Our daemon with authpam, and a test's own system users and PAM stacks.
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Pam;

/// <summary>One site and one daemon with one worker.</summary>
internal sealed class PamHost : IAsyncDisposable
{
    /// <summary>A user with no restrictions.</summary>
    internal const string Alice = "alice";

    // Makes a temporary failure look different from a rejection.
    private const string UnderstandSilence =
        "\n[replies]\ntemporary-failure-services = imap segv abort exit closeall forger hang nofile\n";

    private PamHost(CourierSite site, PrivateEtc accounts, string module)
    {
        Site = site;
        Accounts = accounts;
        Module = module;
    }

    internal CourierSite Site { get; }

    internal PrivateEtc Accounts { get; }

    /// <summary>The path of <see cref="PamTestModule"/>.</summary>
    internal string Module { get; }

    internal OurDaemon Daemon { get; private set; } = null!;

    /// <summary>The processes in which PAM runs.</summary>
    internal IReadOnlyList<int> PamProcesses => Daemon.PamProcesses;

    /// <summary>Starts the daemon.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="modules">authmodulelist.</param>
    internal static async Task<PamHost> StartAsync(string ini = "", string modules = "authpam")
    {
        CourierSite site = new();
        PrivateEtc accounts = await PrivateEtc.NewAsync(site);
        accounts.Add(Alice, 5001, gecos: "Alice A,Room 1,,");
        // The delay that pam_unix asks for is tested with another module.
        accounts.WriteService("imap", "auth required pam_unix.so nodelay", "account required pam_unix.so");
        accounts.WriteService("other", "auth required pam_deny.so", "account required pam_deny.so");
        PamHost host = new(site, accounts, await PamTestModule.CompileAsync(site.Scratch));
        site.WriteAuthdaemonrc(modules, 1, "DEBUG_LOGIN=1");
        site.Write("authdaemond.ini", ini + UnderstandSilence);
        host.Daemon = await OurDaemon.StartAsync(site);
        await Eventually.IsTrueAsync(() => host.Daemon.Workers.Count == 1, "the worker");
        return host;
    }

    /// <summary>Makes a service that has <see cref="Module"/> do one thing during authentication.</summary>
    internal string Service(string what)
    {
        string service = what.Split('=')[0];
        Accounts.WriteService(service, $"auth required {Module} {what}", "account required pam_permit.so");
        return service;
    }

    internal async Task<string> AskAsync(string request) => (await RawClient.AskAsync(Daemon.SocketPath, request)).Text;

    /// <summary>A login of <see cref="Alice"/> with the right password.</summary>
    internal Task<string> LogInAsync(string service = "imap") => AskAsync(Requests.Login(Alice, PrivateEtc.Password, service));

    /// <summary>Whether a login succeeded.</summary>
    internal static bool Succeeded(string reply) =>
        reply.StartsWith("USERNAME=", StringComparison.Ordinal) && reply.EndsWith("PASSWD2=password\n.\n", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        Site.Dispose();
    }
}
